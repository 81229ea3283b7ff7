"""What is known of a job so far, as a record: of one that runs, one whose process died, one that is done."""

from datetime import UTC, datetime
from typing import Any

from bench import plugins
from bench.errors import Failure
from bench.jobs.job import Job
from bench.records import machine, record
from bench.records.record import Record
from bench.terminal import Line, clock
from bench.tracking import redact


class Unwritable(Failure):
    """The record of a job cannot be written."""


def unwritable(job: Job, error: OSError) -> Unwritable:
    """Of a results folder that takes nothing. What was trained stays in the cache."""
    return Unwritable(
        f"{job.label}: nothing can be written into {job.folder} ({error.strerror}), so no further job starts; what was trained "
        "is kept in paths.cache: make room, and the same command goes on."
    )


class Outcome:
    """What is known of a job so far; `record()` at any time."""

    def __init__(self, job: Job, started: str) -> None:
        self.job, self.started = job, started
        self.status = "ok"
        self.error: dict[str, str] | None = None
        self.parameters: int | None = None
        self.train: dict[str, Any] = {}
        self.trained_by: str | None = None
        self.metrics: dict[str, Any] = {}

    def fail(self, status: str, error: BaseException) -> None:
        self.status = status
        self.error = {"type": type(error).__name__, "message": str(error)}

    def record(self) -> Record:
        return Record(
            schema=record.SCHEMA,
            run_id=self.job.run_id,
            train_id=self.job.train_id,
            former=[],
            sweep=self.job.config.sweep.name,
            started=self.started,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            status=self.status,
            error=self.error,
            config=_portable(redact(self.job.plain)),
            data=self.job.task.describe_data(),
            code=self._code(),
            machine=machine.describe(self.job.config.trainer.accelerator),
            parameters=self.parameters,
            train=self.train,
            metrics=self.metrics,
            speed={},
        )

    def _code(self) -> dict[str, Any]:
        """What made this run; where other sources had trained its weights, their digest as `trained_by`."""
        digest = self.job.names.sources
        trained_by = {} if self.trained_by in (None, digest) else {"trained_by": self.trained_by}
        return {**machine.commit(), "digest": digest, **trained_by, **_trusted()}


def _trusted() -> dict[str, Any]:
    """The plugins that this run could use, with their versions; nothing where there is none."""
    versions = {name: machine.version_of(name.split(".")[0]) for name in plugins.trusted()}
    return {"plugins": versions} if versions else {}


def already(job: Job, line: Line) -> Record | None:
    """The record of a job that is already done, after a line that says so."""
    finished = job.done()
    if finished is not None:
        same_code = finished.code.get("digest") == job.names.sources and "trained_by" not in finished.code
        note = "" if same_code else _by_other_sources(finished)
        line.note(f"already done ({finished.status}){note}")
    return finished


def _by_other_sources(finished: Record) -> str:
    commit = finished.code.get("commit")
    at_commit = f" (commit {commit[:8]})" if commit else ""
    return f", by other source code{at_commit}; reuse=same_code runs it again"


def lost(job: Job, position: str, status: str, error: BaseException) -> Record:
    """The record of a job whose process could not write one; a finished record stays. Raises Unwritable."""
    finished = job.done()
    if finished is not None:
        return finished
    outcome = Outcome(job, datetime.now(UTC).isoformat(timespec="seconds"))
    outcome.fail(status, error)
    try:
        record.write(outcome.record(), job.folder)
    except OSError as full:
        raise unwritable(job, full) from full
    Line(f"{position}  {job.label}").note(one_line(outcome.record()))
    return outcome.record()


def _portable(content: dict[str, Any]) -> dict[str, Any]:
    """The configuration without the places of this machine, which change no result."""
    return {**content, "paths": {key: None for key in content["paths"]}}


def one_line(finished: Record) -> str:
    """How a job ended."""
    if finished.status != "ok":
        assert finished.error is not None
        if finished.status == "interrupted":
            return f"interrupted, {finished.error['message']}"
        return f"{finished.status}: {finished.error['type']}: {finished.error['message']}"
    primary = {split: next(iter(metrics.items())) for split, metrics in finished.metrics.items()}
    names = {name for name, _ in primary.values()}
    scores = [
        f"{split} {metric['value']:.4g}" if len(names) == 1 else f"{split} {name} {metric['value']:.4g}"
        for split, (name, metric) in primary.items()
    ]
    name = f"{names.pop()} " if len(names) == 1 else ""
    return f"ok  {name}{', '.join(scores)}  {clock(finished.train['seconds'])}"
