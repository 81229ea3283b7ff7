"""The speed pass of a sweep: which rows it measures, and into which records its samples go.

A row of the training pass is what jobs of equal speed share: all but the seed, the tuned values and what comes after training.
A row of the decoding pass is one of these under one strategy, with the weights of its first seed. Both kinds take turns in one
process with nothing beside them; a sweep whose records all hold samples of one pass is not measured again.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.config.schema import RunConfig
from bench.jobs.job import Job
from bench.records import record
from bench.records.record import Record
from bench.speed import decoding, training
from bench.task import Decodes

TRAINING = "train_tokens_per_second"
DECODING = "decode_sentences_per_second"
Entries = dict[str, dict[str, Any]]


def measure(folder: Path, jobs: Sequence[Job]) -> None:
    """Measures all rows in one pass where a record lacks a sample, and adds the samples to the records."""
    found = [(job, made) for job in jobs if (made := job.done()) is not None and made.status == "ok"]
    found = [(job, made) for job, made in found if job.config.speed.rounds]
    if not found or _complete(found):
        return
    to_train = {training.row_key(job.config): job.config for job, made in found if _trains(made)}
    to_decode: dict[str, Job] = {}
    for job, _ in found:
        if _decodes(job):
            to_decode.setdefault(training.row_key(job.config, decoded=True), job)
    rows = f"{len(to_train)} rows" + (f" and {len(to_decode)} ways of decoding" if to_decode else "")
    print(f"speed pass: {rows}, interleaved", file=sys.stderr)
    if gone := sum(isinstance(job.task, Decodes) and not _decodes(job) for job, _ in found):
        print(f"decoding is not measured for {gone} runs: their weights are no longer in paths.cache", file=sys.stderr)
    trained = dict(zip(to_train, training.measure(list(to_train.values())), strict=True))
    decoded = dict(zip(to_decode, decoding.measure(list(to_decode.values())), strict=True))
    for job, made in found:
        record.write(record.with_speed(made, {**made.speed, **_entries(job.config, trained, decoded)}), folder)


def _entries(config: RunConfig, trained: Mapping[str, Entries], decoded: Mapping[str, Entries]) -> Entries:
    key = training.row_key(config, decoded=True)
    return {**trained.get(training.row_key(config), {}), **decoded.get(key, {})}


def _complete(found: Sequence[tuple[Job, Record]]) -> bool:
    """Whether every record has what could be measured of it, all from one pass of each kind."""
    trained = [made for _, made in found if _trains(made)]
    for name, wanted in ((TRAINING, trained), (DECODING, [made for job, made in found if _decodes(job)])):
        passes = {made.speed[name]["pass"] if name in made.speed else None for made in wanted}
        if None in passes or len(passes) > 1:
            return False
    return True


def _trains(made: Record) -> bool:
    """Whether there are steps to measure: what is counted takes none, and the pass has one device."""
    trainer = made.config["trainer"]
    return bool(made.train["steps"]) and trainer["devices"] * trainer.get("nodes", 1) == 1


def _decodes(job: Job) -> bool:
    """Whether the task decodes splits, and the trained weights are still there."""
    return isinstance(job.task, Decodes) and job.trained() is not None
