"""The plan of a sweep and what has become of it: which jobs are done, failed, running, waiting.

The plan lies at `results/<sweep>/.plan.json`, written when a sweep starts. The rest is read from what the jobs leave anyway:
records, and the locks that running jobs hold.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench.records import record, record_files
from bench.records.locks import BEAT_S, holder_of, host
from bench.records.record import Head

STUDY = "study.db"
"""In the folder of a search, which has no plan: each trial follows from those before."""
OPEN = ("running", "waiting")


@dataclass(frozen=True)
class Entry:
    """A job of a sweep. `words`: its overrides. `status`: its record's, running or waiting. `seconds`: what it took so far.

    `remark`: its error, or which other machine is at it.
    """

    run_id: str
    words: tuple[str, ...]
    status: str
    seconds: float
    remark: str


def plan_path(folder: Path) -> Path:
    return folder / ".plan.json"


def lock_path(folder: Path, run_id: str) -> Path:
    """The lock that a job holds while it runs."""
    return folder / "records" / f".{run_id}.lock"


class Planned(NamedTuple):
    """`words`: the job's overrides, after the option that names a folder of their yaml files; `name`: what it differs in from
    the sweep's other jobs."""

    run_id: str
    words: Sequence[str]
    name: str


def write_plan(folder: Path, jobs: Sequence[Planned], *, at_once: int, definition: str) -> None:
    """`at_once`: how many jobs run at a time. `definition`: the sweep's own rows, in words; what was planned into this folder
    by the same ones before, with other overrides, stays a member of the sweep."""
    before = _content(folder) or {}
    earlier = before.get("members", []) if before.get("definition") == definition else []
    members = sorted({*earlier, *(job.run_id for job in jobs)})
    content = {"at_once": at_once, "definition": definition, "jobs": [job._asdict() for job in jobs], "members": members}
    folder.mkdir(parents=True, exist_ok=True)
    record.write_atomically(plan_path(folder), json.dumps(content, indent=1) + "\n")


def members(folder: Path) -> set[str] | None:
    """The runs of the sweep as it is defined now; None where nothing says so, as in a published folder."""
    content = _content(folder)
    return set(content["members"]) if content is not None and "members" in content else None


def _content(folder: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(plan_path(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def name_of(folder: Path, run_id: str) -> str | None:
    """A job's name in the plan; None where there is no plan, or not this job in it."""
    jobs = (_content(folder) or {}).get("jobs", [])
    return next((job["name"] for job in jobs if job["run_id"] == run_id and "name" in job), None)


def positions(folder: Path) -> dict[str, int]:
    """Where each run stands in the plan; empty where there is none."""
    try:
        jobs = json.loads(plan_path(folder).read_text(encoding="utf-8"))["jobs"]
        return {job["run_id"]: number for number, job in enumerate(jobs)}
    except (OSError, ValueError, KeyError):
        return {}


def read(folder: Path) -> tuple[list[Entry], int]:
    """Every job of the sweep that last ran into `folder`, in its order, and how many run at a time. Raises RecordError."""
    if not plan_path(folder).exists() and (folder / STUDY).exists():
        return _trials(folder), 1
    try:
        content: dict[str, Any] = json.loads(plan_path(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise record.RecordError(
            f"{folder} contains no sweep plan ({error}): give the folder of a sweep that ran here, such as runs/quick."
        ) from error
    recorded = record_files.heads(folder)
    entries = [_entry(folder, job["run_id"], tuple(job["words"]), recorded.get(job["run_id"])) for job in content["jobs"]]
    return entries, content["at_once"]


def _trials(folder: Path) -> list[Entry]:
    """The trials of a search so far, in the order in which they began; which are to come nobody knows."""
    recorded = record_files.heads(folder)
    locked = [path.name[1 : -len(".lock")] for path in (folder / "records").glob(".*.lock")]
    began = sorted(recorded, key=lambda run_id: recorded[run_id].started)
    ids = [*began, *(run_id for run_id in sorted(locked) if run_id not in recorded)]
    return [_entry(folder, run_id, (), recorded.get(run_id)) for run_id in ids]


def _entry(folder: Path, run_id: str, words: tuple[str, ...], run: Head | None) -> Entry:
    holder = holder_of(lock_path(folder, run_id))
    if holder is not None and holder.alive and holder.silent_s > 2 * BEAT_S and holder.host != host():
        return Entry(run_id, words, "waiting", 0.0, f"waits for {holder}")
    if holder is not None and holder.alive:
        remark = "" if holder.host == host() else f"on {holder}"
        return Entry(run_id, words, "running", holder.since, remark)
    if run is None:
        former = "" if holder is None else f"left by {holder}; the next command takes it over"
        return Entry(run_id, words, "waiting", 0.0, former)
    duration = datetime.fromisoformat(run.finished) - datetime.fromisoformat(run.started)
    error = "" if run.error is None else f"{run.error['type']}: {run.error['message']}"
    return Entry(run_id, words, run.status, duration.total_seconds(), error)


def seconds_left(entries: Sequence[Entry], at_once: int) -> float | None:
    """By the mean of the jobs that are done; None where none is, and where nothing is left."""
    done = [entry.seconds for entry in entries if entry.status == "ok"]
    open_seconds = [entry.seconds for entry in entries if entry.status in OPEN]
    if not done or not open_seconds:
        return None
    mean = sum(done) / len(done)
    return sum(max(mean - seconds, 0.0) for seconds in open_seconds) / at_once
