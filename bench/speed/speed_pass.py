"""The speed pass of a sweep: which rows it measures, and into which records its samples go.

A row of the training pass is what jobs of equal speed share: all but the seed, the tuned values and what comes after training.
A row of the decoding pass is one of these under one strategy, with the weights of its first seed. Both kinds take turns in one
process with nothing beside them; a sweep whose records all hold samples of one pass is not measured again.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.config.schema import RunConfig
from bench.jobs.job import Job
from bench.records import record
from bench.records.locks import held
from bench.records.record import Record
from bench.speed import decoding, training
from bench.task import Decodes

TRAINING = "train_tokens_per_second"
DECODING = "decode_sentences_per_second"
Entries = dict[str, dict[str, Any]]


def measure(folder: Path, jobs: Sequence[Job]) -> None:
    """Measures all rows in one pass where a record lacks a sample, and adds the samples to the records.

    Of two sweeps that end at once the second waits for the first, and finds the samples there.
    """
    with held(folder / ".speed.lock", say=partial(print, file=sys.stderr)):
        _measure(folder, jobs)


def is_due(jobs: Sequence[Job]) -> bool:
    """Whether a record lacks a sample."""
    finished = _finished(jobs)
    return bool(finished) and not _complete(finished)


def _finished(jobs: Sequence[Job]) -> list[tuple[Job, Record]]:
    """Those of which a speed is asked, and that have something to measure."""
    asked = [job for job in jobs if job.config.speed.rounds]
    return [(job, run) for job in asked if (run := job.done()) is not None and run.status == "ok"]


def _measure(folder: Path, jobs: Sequence[Job]) -> None:
    finished = _finished(jobs)
    if not finished or _complete(finished):
        return
    to_train = {training.row_key(job.config): job.config for job, run in finished if _trains(run)}
    to_decode: dict[str, Job] = {}
    for job, _ in finished:
        if _decodes(job):
            to_decode.setdefault(training.row_key(job.config, decoded=True), job)
    rows = f"{len(to_train)} rows" + (f" and {len(to_decode)} decoding configurations" if to_decode else "")
    print(f"speed pass: {rows}, alternating", file=sys.stderr)
    if missing := sum(isinstance(job.task, Decodes) and not _decodes(job) for job, _ in finished):
        print(f"decoding is not measured for {missing} runs: their weights are no longer in paths.cache", file=sys.stderr)
    trained = dict(zip(to_train, training.measure(list(to_train.values())), strict=True))
    decoded = dict(zip(to_decode, decoding.measure(list(to_decode.values())), strict=True))
    for job, run in finished:
        record.write(record.with_speed(run, {**run.speed, **_entries(job.config, trained, decoded)}), folder)


def _entries(config: RunConfig, trained: Mapping[str, Entries], decoded: Mapping[str, Entries]) -> Entries:
    key = training.row_key(config, decoded=True)
    return {**trained.get(training.row_key(config), {}), **decoded.get(key, {})}


def _complete(finished: Sequence[tuple[Job, Record]]) -> bool:
    """Whether every record has what could be measured of it, all from one pass of each kind."""
    trained = [run for _, run in finished if _trains(run)]
    for name, runs in ((TRAINING, trained), (DECODING, [run for job, run in finished if _decodes(job)])):
        passes = {run.speed[name]["pass"] if name in run.speed else None for run in runs}
        if None in passes or len(passes) > 1:
            return False
    return True


def _trains(run: Record) -> bool:
    """Whether there are steps to measure: n-gram and HMM baselines take none, and the pass has one device."""
    trainer = run.config["trainer"]
    return bool(run.train["steps"]) and trainer["devices"] * trainer.get("nodes", 1) == 1


def _decodes(job: Job) -> bool:
    """Whether the task decodes splits, and the trained weights are still there."""
    return isinstance(job.task, Decodes) and job.trained() is not None
