"""What a run is shown as. Its id is always the same for the same run, so that whoever sends it again sends the same run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SUMMARY = "summary"


@dataclass(frozen=True)
class Card:
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
