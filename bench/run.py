"""One job: a configuration in, a record out. A failure is a record too."""

import os
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from bench import machine, record
from bench.assemble import make_net, make_strategy, make_task
from bench.build import ConfigError
from bench.checkpoint import Checkpoint
from bench.config import RunConfig, plain
from bench.counting import Counted, count
from bench.decodes import Chooses
from bench.evaluate import evaluate
from bench.identity import run_id, train_id, training_digest
from bench.learner import Diverged, Learner
from bench.ledger import lock_path
from bench.locks import held
from bench.outputs import Outputs
from bench.progress import Progress
from bench.publish import Settings, Tracker, check, open_run, redact
from bench.record import Record
from bench.resuming import Resume
from bench.snapshots import Snapshots
from bench.task import Task
from bench.training import train

FINISHED = ("ok", "diverged")


@dataclass(frozen=True)
class Job:
    """A checked configuration with its identities."""

    config: RunConfig
    plain: dict[str, Any]
    task: Task
    train_id: str
    run_id: str

    @property
    def folder(self) -> Path:
        """The sweep's folder of results."""
        return Path(self.config.paths.results) / self.config.report.sweep

    @property
    def label(self) -> str:
        """A short name for people."""
        config = self.config
        size = f"{config.stack.depth}x{config.stack.hidden_size}"
        return f"{config.task['name']} {config.cell['name']} {size} seed {config.seed}"

    def checkpoint(self) -> Checkpoint:
        """Where the weights are, or will be."""
        return Checkpoint(Path(self.config.paths.cache), self.train_id)

    def done(self) -> Record | None:
        """The finished record of this job, if there is one."""
        path = self.folder / "records" / f"{self.run_id}.json"
        found = record.read(path) if path.is_file() else None
        return found if found is not None and found.status in FINISHED else None


def prepare(config: RunConfig) -> Job:
    """Loads the data, builds everything once without weights, and names the job. Raises ValueError, one sentence."""
    task = make_task(config)
    task.train_loader(config.trainer.batch_size, config.seed)
    _check_strategy(task, make_strategy(config), config.decode["name"])
    with torch.device("meta"):
        make_net(config, task)
    check(track_settings(config))
    _check_writable(Path(config.paths.results) / config.report.sweep)
    content = plain(config)
    trained = train_id(content, data_sha256=task.describe_data()["sha256"])
    return Job(config, content, task, trained, run_id(content, trained=trained))


def run(job: Job, place: str, *, alone: bool = True) -> Record:
    """Trains (or loads what was trained), scores, samples, and writes the record. Raises only KeyboardInterrupt.

    `place` says where the job stands in its sweep ("job 3 of 12"), or is empty. `alone`: no other job writes to the terminal.
    """
    progress = Progress(f"{place}  {job.label}".strip(), alone=alone)
    if (found := _already(job, progress)) is not None:
        return found
    lock = lock_path(job.folder, job.run_id)
    with held(lock, waits=lambda: progress.note("waits: another process runs this job")):
        return _already(job, progress) or _run(job, progress)


def _already(job: Job, progress: Progress) -> Record | None:
    found = job.done()
    if found is not None:
        progress.note(f"already done ({found.status})")
    return found


def _run(job: Job, progress: Progress) -> Record:
    outcome = _Outcome(job, datetime.now(UTC).isoformat(timespec="seconds"))
    config = job.config
    tracker: Tracker | None = None
    try:
        tracker = open_run(
            track_settings(config),
            name=job.label,
            group=config.report.sweep,
            job_type="train",
            config={**redact(job.plain), "run_id": job.run_id, "train_id": job.train_id},
            tags=[config.task["name"], config.data["name"], config.cell["name"]],
        )
        _carry_out(job, outcome, tracker, progress)
    except Diverged as error:
        outcome.fail("diverged", error)
    except (KeyboardInterrupt, SystemExit) as error:  # Lightning turns an interrupt into an exit
        outcome.fail("killed", error)
        raise KeyboardInterrupt from error
    except Exception as error:
        outcome.fail("out_of_memory" if _lacks_memory(error) else "failed", error)
        progress.clear()
        if outcome.status == "failed":
            traceback.print_exc()
    finally:
        made = outcome.record()
        record.write(made, job.folder)
        if tracker is not None:
            tracker.summary({"status": made.status, **_flat(made.metrics)})
            tracker.finish(ok=made.status == "ok")
        progress.note(_one_line(made))
    return made


def _lacks_memory(error: Exception) -> bool:
    """Also on a CPU, where torch raises a plain RuntimeError."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def lost(job: Job, place: str, status: str, error: BaseException) -> Record:
    """The record of a job whose process could not write one; a finished record stays."""
    found = job.done()
    if found is not None:
        return found
    outcome = _Outcome(job, datetime.now(UTC).isoformat(timespec="seconds"))
    outcome.fail(status, error)
    record.write(outcome.record(), job.folder)
    Progress(f"{place}  {job.label}").note(_one_line(outcome.record()))
    return outcome.record()


class _Outcome:
    """What is known of a job so far; `record()` at any time."""

    def __init__(self, job: Job, started: str) -> None:
        self.job, self.started = job, started
        self.status = "ok"
        self.error: dict[str, str] | None = None
        self.parameters: int | None = None
        self.train: dict[str, Any] = {}
        self.metrics: dict[str, Any] = {}

    def fail(self, status: str, error: BaseException) -> None:
        self.status = status
        self.error = {"type": type(error).__name__, "message": str(error)}

    def record(self) -> Record:
        return Record(
            schema=record.SCHEMA,
            run_id=self.job.run_id,
            train_id=self.job.train_id,
            sweep=self.job.config.report.sweep,
            started=self.started,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            status=self.status,
            error=self.error,
            config=_portable(redact(self.job.plain)),
            data=self.job.task.describe_data(),
            code={**machine.commit(), "digest": training_digest(self.job.plain)},
            machine=machine.describe(),
            parameters=self.parameters,
            train=self.train,
            metrics=self.metrics,
            speed={},
        )


def _carry_out(job: Job, outcome: _Outcome, tracker: Tracker, progress: Progress) -> None:
    config = job.config
    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    net = make_net(config, job.task)
    outcome.parameters = _parameters(net)
    checkpoint = job.checkpoint()
    outcome.train = checkpoint.trained() or _train_once(job, net, checkpoint, tracker=tracker, progress=progress)
    checkpoint.describe(job.plain)
    checkpoint.load_best(net)
    outcome.parameters = _parameters(net)
    for split in job.task.splits():
        scored = evaluate(job.task, net, job.task.score_loader(split))
        outcome.metrics[split] = {name: asdict(metric) for name, metric in scored.items()}
    outputs = job.task.outputs(net.eval(), make_strategy(config), config.seed)
    for split, named in outputs.metrics.items():
        outcome.metrics[split] = {name: asdict(metric) for name, metric in named.items()} | outcome.metrics[split]
    pictures = _write_outputs(job, outputs)
    tracker.samples("samples", outputs.columns, outputs.rows)
    for picture in pictures:
        tracker.picture(picture.stem.removeprefix(f"{job.run_id}-"), picture)


def _train_once(
    job: Job, net: torch.nn.Module, checkpoint: Checkpoint, *, tracker: Tracker, progress: Progress
) -> dict[str, Any]:
    """The record's `train`, by this process or by another that is at it."""
    lock = checkpoint.folder.with_suffix(".lock")
    with held(lock, waits=lambda: progress.note("waits: another process trains these weights")):
        return checkpoint.trained() or _train(job, net, checkpoint, tracker=tracker, progress=progress)


def _train(job: Job, net: torch.nn.Module, checkpoint: Checkpoint, *, tracker: Tracker, progress: Progress) -> dict[str, Any]:
    """The record's `train`; the weights, or what was counted, lie in the checkpoint."""
    config = job.config
    if isinstance(net, Counted):
        return count(net, job.task, batch_size=config.trainer.batch_size, seed=config.seed, checkpoint=checkpoint)

    def log(values: dict[str, float], step: int) -> None:
        tracker.log(values, step=step)

    snapshots = Snapshots(checkpoint.folder, warn=progress.note)
    resume = Resume(snapshots, minutes=config.trainer.snapshot_minutes)
    learner = Learner(job.task, net, config.optimiser)
    summary = train(learner, config.trainer, seed=config.seed, checkpoint=checkpoint, log=log, callbacks=[resume, progress])
    if resume.seconds_before:
        summary["seconds"] += resume.seconds_before
        checkpoint.finish(summary)
    snapshots.clear()
    return summary


def _parameters(net: torch.nn.Module) -> int:
    """How many there are; of a counted net only after it has counted."""
    return sum(parameter.numel() for parameter in net.parameters())


def _check_strategy(task: Task, strategy: object, name: str) -> None:
    """Raises ConfigError or DataError, one sentence, where the task cannot decode so."""
    if isinstance(task, Chooses):
        task.check_strategy(strategy)
    elif not hasattr(strategy, "generate"):
        raise ConfigError(f"decode={name} is for tasks of one tag a word: give decode=greedy, beam or sample.")


def _write_outputs(job: Job, outputs: Outputs) -> list[Path]:
    """Texts and matrices beside the records; returns the pictures of the matrices."""
    folder = job.folder / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    for ending, content in outputs.files.items():
        (folder / f"{job.run_id}.{ending}").write_text(content, encoding="utf-8")
    pictures = []
    for number, matrix in enumerate(outputs.matrices, 1):
        from bench.figures import heatmap

        stem = folder / f"{job.run_id}-{matrix.name}-{number}"
        drawn = heatmap.draw(matrix.values, rows=matrix.rows, columns=matrix.columns, title=matrix.title, stem=stem)
        pictures.append(drawn[-1])
    return pictures


def _check_writable(folder: Path) -> None:
    probe = folder / "records" / f".write-{os.getpid()}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"paths.results: the folder {folder} cannot be written ({error.strerror}); give another with paths.results=."
        ) from error


def track_settings(config: RunConfig) -> Settings:
    return Settings(**asdict(config.track))


def _portable(content: dict[str, Any]) -> dict[str, Any]:
    """The configuration without the places of this machine, which change no result."""
    return {**content, "paths": {key: None for key in content["paths"]}}


def _flat(metrics: dict[str, Any]) -> dict[str, Any]:
    return {f"{split}/{name}": metric["value"] for split, named in metrics.items() for name, metric in named.items()}


def _one_line(made: Record) -> str:
    if made.status != "ok":
        assert made.error is not None
        return f"{made.status}: {made.error['type']}: {made.error['message']}"
    parts = []
    for split, named in made.metrics.items():
        metric = next(iter(named.values()))
        parts.append(f"{split} {metric['value']:.4f} {metric['unit']}")
    return f"ok  {'  '.join(parts)}  {made.parameters:,} parameters  trained {made.train['seconds']:.0f} s"
