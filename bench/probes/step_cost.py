"""What a training step costs against the length of its window: seconds and peak memory for T = 16, 32, ... 2048 tokens.

Backpropagation through time keeps every step of the window until the backward pass, and a true recurrence computes one after
the other: both costs grow as T^1. What truncation buys is read off the same points: T tokens in windows of 64 cost T / 64
short steps and the memory of one. Nothing is trained to an end; the timing is that of `bench.speed.training`, at each T the
rows in turns.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log, nan
from statistics import linear_regression, median
from typing import TYPE_CHECKING, Any

from bench.errors import ConfigError, DataError
from bench.metrics.metric import Metric
from bench.probes import Answer, text_of
from bench.speed.training import measure, row_key

if TYPE_CHECKING:
    from bench.config.schema import RunConfig
    from bench.jobs.job import Job

LENGTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)  # tokens
LONGEST = LENGTHS[-1]
FITTED = 256  # from here on the fixed part of a step no longer counts
SHORT = 64  # the window of the truncation
MEBIBYTE = 2**20
VERSION = 1
KNOWN_AS = "cost"
ON_MACHINE = True
TRAINS = False
REPORT = {
    "title": "Cost against length",
    "note": "A training step over a window of T tokens in each of trainer.batch_size lanes, at each T the rows in turns. "
    f"Exponent: the slope of the logarithm against log T, from T = {FITTED} on; 1 is linear. Truncated: {LONGEST} tokens in "
    f"windows of {SHORT}, which take {LONGEST // SHORT} steps and the memory of one.",
    "tune": {},
}


def groups(jobs: "Sequence[Job]") -> "list[list[Job]]":
    rows: dict[str, Job] = {}
    for job in jobs:
        _check(job)
        rows.setdefault(row_key(_with_window(job.config, LONGEST)), job)
    return [list(rows.values())]


def _check(job: "Job") -> None:
    """One full window of the longest length in every lane, and something to measure it with."""
    text, config = text_of(job), job.config
    needed, available = config.trainer.batch_size * LONGEST + 1, len(text.ids["train"])
    if available < needed:
        raise DataError(
            f"data={text.name}: the training text has {available:,} tokens, but a window of {LONGEST} in each of "
            f"trainer.batch_size={config.trainer.batch_size} lanes needs {needed:,}: give a longer text or a smaller batch."
        )
    if not config.speed.rounds:
        raise ConfigError("speed.rounds=0 measures nothing: give a number of at least 1.")
    if config.trainer.devices * config.trainer.nodes > 1:
        raise ConfigError("the cost is measured on one device: give trainer.devices=1 and trainer.nodes=1.")


def ask(jobs: "Sequence[Job]") -> list[Answer]:
    measurements = []
    for length in LENGTHS:
        print(f"step_cost: {len(jobs)} rows, alternating, windows of {length:,} tokens", file=sys.stderr)
        measurements.append(measure([_with_window(job.config, length) for job in jobs], batches=1))
    return [answer(dict(zip(LENGTHS, entries, strict=True))) for entries in zip(*measurements, strict=True)]


def answer(entries: Mapping[int, Mapping[str, Any]]) -> Answer:
    """From what `bench.speed.training` measured of one row at each length; memory only where it can be measured."""
    samples = {"seconds": [entry["train_step_seconds"]["samples"] for entry in entries.values()]}
    if all("peak_memory_bytes" in entry for entry in entries.values()):
        samples["memory"] = [[peak / MEBIBYTE for peak in entry["peak_memory_bytes"]["samples"]] for entry in entries.values()]
    metrics = {}
    for quantity, unit, steps in (("seconds", "s", LONGEST // SHORT), ("memory", "MiB", 1)):
        if quantity in samples:
            costs, count = dict(zip(entries, map(median, samples[quantity]), strict=True)), len(samples[quantity][-1])
            metrics[f"{quantity}_exponent"] = Metric(exponent(costs), "", "", count)
            metrics[f"{quantity}_at_{LONGEST}"] = Metric(costs[LONGEST], unit, "lower", count)
            metrics[f"{quantity}_truncated"] = Metric(steps * costs[SHORT], unit, "lower", count)
    return Answer("train", metrics, {"tokens": list(entries), **samples})


def exponent(costs: Mapping[int, float]) -> float:
    """p of cost = c T^p by least squares in logarithms over T >= 256; nan where a cost is not above 0."""
    fitted = {length: cost for length, cost in costs.items() if length >= FITTED}
    if min(fitted.values()) <= 0:
        return nan
    return linear_regression([log(length) for length in fitted], [log(cost) for cost in fitted.values()]).slope


def _with_window(config: "RunConfig", length: int) -> "RunConfig":
    return replace(config, task={**config.task, "window": length})
