"""What a run is shown as. Its id is always the same for the same run, so that whoever sends it again sends the same run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUMMARY = "summary"


@dataclass(frozen=True)
class RunInfo:
    """`group` is the sweep, `job_type` "train" or "summary". `better`: which way a curve's best value lies, lower or higher."""

    id: str
    name: str
    group: str
    job_type: str
    config: Mapping[str, Any]
    tags: Sequence[str]
    better: Mapping[str, str] = field(default_factory=dict)


def stable_id(sweep: str, run: str) -> str:
    """Of one run of a sweep, by its run_id; of the sweep's summary run, by SUMMARY."""
    return hashlib.sha256(f"{sweep}\n{run}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def picture_key(picture: Path, run_id: str) -> str:
    """Of a picture that a run drew of its own: `attention/1` for `<run_id>-attention-1.png`."""
    name, _, number = picture.stem.removeprefix(f"{run_id}-").rpartition("-")
    return f"{name}/{number}"
