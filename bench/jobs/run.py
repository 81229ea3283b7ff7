"""One job: a configuration in, a record out. A failure is a record too."""

import os
import signal
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch

from bench.config.factory import make_strategy
from bench.config.model_size import parameters
from bench.jobs import job_log, ranks
from bench.jobs.fit import fit, new_net
from bench.jobs.job import ANY, Job, track_settings
from bench.jobs.job_log import JobLog
from bench.jobs.record_builder import Outcome, already, one_line, unwritable
from bench.records import output_files, record, temporary
from bench.records.locks import Lock, held
from bench.records.machine import peak_memory_bytes, processor_of
from bench.records.plan import name_of
from bench.records.record import Record
from bench.task import Outputs, evaluate
from bench.tracking import RunInfo, Tracker, open_run, picture_key, redact, stable_id
from bench.training.checkpoint import TRIES, Checkpoint, DamagedWeights
from bench.training.counting import Counted, count
from bench.training.gradient_norms import GradientNorms
from bench.training.history import History
from bench.training.interrupts import Interrupted, interruption
from bench.training.learner import Diverged
from bench.training.progress import Progress
from bench.training.trainer import Log


def run(job: Job, position: str, *, alone: bool = True, patient: bool = True) -> Record:
    """Trains (or loads what was trained), scores, samples, and writes the record. Raises KeyboardInterrupt.

    `position`: the job's in its sweep ("job 3 of 12"), or empty. `alone`: no other job writes to the terminal. Raises Held
    where another process runs this job and `patient` is false, and Unwritable where the results take nothing.
    """
    progress = Progress(f"{position}  {job.label}".strip(), alone=alone)
    if (finished := already(job, progress)) is not None:
        return finished
    try:
        with held(job.locks[0], say=progress.note, patient=patient, lost=partial(_end, progress)) as lock:
            return already(job, progress) or _run(job, progress, lock)
    except OSError as error:
        raise unwritable(job, error) from error


def _end(progress: Progress) -> None:
    """Of a process that did not move for so long that another took its job over; the main thread saves and ends."""
    progress.note("another process has taken this job over; it ends here")
    os.kill(os.getpid(), signal.SIGTERM)


def _run(job: Job, progress: Progress, lock: Lock) -> Record:
    outcome = Outcome(job, datetime.now(UTC).isoformat(timespec="seconds"))
    tracker: Tracker | None = None
    log = JobLog(job_log.path_of(job.folder, job.run_id))
    log.clear()
    try:
        with log.warnings():
            tracker = open_run(track_settings(job.config), _run_info(job))
            _carry_out(job, outcome, tracker, progress)
    except Diverged as error:
        outcome.fail("diverged", error)
    except ranks.RankKilled as error:
        outcome.fail("killed", error)
    except (KeyboardInterrupt, SystemExit) as error:
        outcome.fail(*_ended(error))
        raise KeyboardInterrupt from error
    except Exception as error:
        outcome.fail("out_of_memory" if _lacks_memory(error) else "failed", error)
        progress.clear()
        if not log.trace(error):
            traceback.print_exc()
    finally:
        finished = outcome.record()
        if not lock.lost:
            record.write(finished, job.folder)
        if tracker is not None:
            tracker.summary({**_circumstances(finished), **_flat(finished.metrics)})
            tracker.finish(ok=finished.status == "ok")
        progress.note(one_line(finished) + (f"; traceback: {log.path}" if finished.status == "failed" else ""))
    return finished


def _ended(error: BaseException) -> tuple[str, BaseException]:
    """The status, and what the record says, of a job that was interrupted, or that ended its process."""
    cause = interruption(error)
    if cause is None:
        return "killed", error
    reason = f"{cause}; " if isinstance(cause, Interrupted) else ""
    return "interrupted", Interrupted(f"{reason}the same command goes on")


def _run_info(job: Job) -> RunInfo:
    config = job.config
    return RunInfo(
        id=stable_id(config.sweep.name, job.run_id),
        name=name_of(job.folder, job.run_id) or job.label,
        group=config.sweep.name,
        job_type="train",
        config={**redact(job.plain), "run_id": job.run_id, "train_id": job.train_id},
        tags=[config.task["name"], config.data["name"], config.cell["name"]],
        better={"train/loss": "lower", f"validation/{job.task.primary}": job.task.better},
    )


def _lacks_memory(error: Exception) -> bool:
    """Also on a CPU, where torch raises a plain RuntimeError."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _carry_out(job: Job, outcome: Outcome, tracker: Tracker, progress: Progress) -> None:
    config = job.config
    progress.stage("loading")
    net = new_net(job)
    outcome.parameters = parameters(net)
    checkpoint = job.checkpoint()
    history = History(checkpoint.history, tracker, progress.note)
    net, outcome.train = _trained(job, net, checkpoint, log=history.log, progress=progress)
    outcome.trained_by = checkpoint.begun_by()
    history.repeat()
    checkpoint.describe(redact(job.plain))
    outcome.parameters = parameters(net)
    for split in job.task.splits():
        progress.stage(f"scoring {split}")
        scored = evaluate(job.task, net, job.task.score_loader(split))
        outcome.metrics[split] = {name: asdict(metric) for name, metric in scored.items()}
    progress.stage("decoding")
    outputs = job.task.outputs(net.eval(), make_strategy(config), config.seed)
    for split, named in outputs.metrics.items():
        outcome.metrics[split] = {name: asdict(metric) for name, metric in named.items()} | outcome.metrics[split]
    pictures = _write_outputs(job, outputs)
    if outputs.scored is not None:
        output_files.write(job.folder, job.run_id, outputs.scored)
    tracker.samples("samples", outputs.columns, outputs.rows)
    for picture in pictures:
        tracker.picture(picture_key(picture, job.run_id), picture)
    tracker.artifact(f"checkpoint-{job.train_id}", "model", checkpoint.files())


def _trained(
    job: Job, net: torch.nn.Module, checkpoint: Checkpoint, *, log: Log, progress: Progress
) -> tuple[torch.nn.Module, dict[str, Any]]:
    """(the net with its best weights, the record's `train`). What is damaged is trained again, from the last good snapshot."""
    if checkpoint.damaged():
        progress.note(f"the finished training in {checkpoint.folder} is damaged; it is trained again")
    for tries_left in reversed(range(TRIES)):
        try:
            summary = job.trained() or _train_once(job, net, checkpoint, log=log, progress=progress)
            checkpoint.load_best(net)
            return net, summary
        except DamagedWeights as error:
            if not tries_left:
                raise
            progress.note(f"{str(error).rstrip('.')}; they are trained again, from the last good snapshot if there is one")
            checkpoint.disown()
            net = new_net(job)
    raise AssertionError


def _train_once(job: Job, net: torch.nn.Module, checkpoint: Checkpoint, *, log: Log, progress: Progress) -> dict[str, Any]:
    """The record's `train`, by this process or by another that is at it."""
    with held(checkpoint.lock, say=progress.note, lost=partial(_end, progress)):
        temporary.clear(checkpoint.folder)
        return job.trained() or _train(job, net, checkpoint, log=log, progress=progress)


def _train(job: Job, net: torch.nn.Module, checkpoint: Checkpoint, *, log: Log, progress: Progress) -> dict[str, Any]:
    """The record's `train`; the weights, or the counts of a baseline, lie in the checkpoint."""
    trainer = job.config.trainer
    checkpoint.begin(job.names.sources, only_same=job.config.reuse != ANY)
    if isinstance(net, Counted):
        return count(net, job.task, batch_size=trainer.batch_size, seed=job.config.seed, checkpoint=checkpoint)
    if trainer.devices * trainer.nodes > 1:
        return ranks.start(job, log)
    norms = GradientNorms(log, every=trainer.log_every_steps)
    return fit(job, net, log, line=progress, callbacks=[progress, norms])


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


def _circumstances(finished: Record) -> dict[str, Any]:
    """What a list of runs shows beside scores. The rate is that of the training itself, whatever ran beside it; the memory is
    the most that the whole job held, its programs and data among it."""
    trained = {key: value for key in ("steps", "epochs", "tokens", "seconds") if (value := finished.train.get(key)) is not None}
    if trained.get("seconds") and trained.get("tokens"):
        trained["tokens_per_second"] = trained["tokens"] / trained["seconds"]
    return {
        "status": finished.status,
        "parameters": finished.parameters,
        "commit": finished.code.get("commit"),
        "processor": processor_of(finished.machine),
        "peak_memory_bytes": peak_memory_bytes(),
        **{f"training/{key}": value for key, value in trained.items()},
    }


def _flat(metrics: dict[str, Any]) -> dict[str, Any]:
    """Of the best weights; `validation/NAME` is the curve of the training."""
    return {f"score/{split}/{name}": metric["value"] for split, named in metrics.items() for name, metric in named.items()}
