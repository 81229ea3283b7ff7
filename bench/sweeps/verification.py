"""Trains runs of a published sweep again, in a folder of their own where nothing can be reused, and compares the results."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.compare.verified import Verified, verified
from bench.errors import ConfigError, Refusal
from bench.jobs.job import Job, prepare
from bench.jobs.stored_config import configuration
from bench.records.record import Record

SETTINGS = ("paths", "track")


def chosen(records: Sequence[Record], jobs: int) -> list[Record]:
    """So many of the trainings that are ok, evenly over their names, which follow from hashes: no choice of the easy ones."""
    trainings = sorted((record for record in records if record.status == "ok" and record.train.get("steps")), key=_run_id)
    if not trainings:
        raise ConfigError("no record is of a training that is ok: give the folder of a published sweep that trains.")
    if not 1 <= jobs <= len(trainings):
        raise ConfigError(
            f"--jobs {jobs} is out of range: give a number from 1 to {len(trainings)}, the trainings that are ok."
        )
    return [trainings[index * len(trainings) // jobs] for index in range(jobs)]


def verify(records: Sequence[Record]) -> Iterator[Verified]:
    """All are prepared before the first is trained. Raises Refusal, one sentence, for one that cannot be trained here."""
    from bench.jobs.run import run

    with tempfile.TemporaryDirectory() as folder:
        jobs = [_job(record, Path(folder)) for record in records]
        for record, job in zip(records, jobs, strict=True):
            yield verified(record, run(job, ""))


def _job(record: Record, folder: Path) -> Job:
    stored = folder / record.run_id
    stored.mkdir()
    (stored / "config.json").write_text(json.dumps(record.config), encoding="utf-8")
    words = [f"paths.results={folder / 'runs'}", f"paths.cache={folder / 'cache'}", "track=none"]
    try:
        job = prepare(configuration(stored, words, groups=SETTINGS))
    except Refusal as error:
        raise ConfigError(f"run {record.run_id} cannot be trained again here: {error}") from error
    if (now := job.task.describe_data()["sha256"]) != record.data["sha256"]:
        raise ConfigError(
            f"run {record.run_id} was trained on data with sha256 {str(record.data['sha256'])[:12]}, and here lie others "
            f"({str(now)[:12]}): give the folder of those with BENCH_DATA, or the Python whose texts they are."
        )
    return job


def _run_id(record: Record) -> str:
    return record.run_id
