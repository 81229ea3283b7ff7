"""Tuning: each row takes, of the values tried for it, the one that is best on validation. The test split plays no part.

A value of which every run is ok comes before one of which a run failed, then more ok seeds before fewer, then the better
mean of the primary validation metric, then the order of the values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from bench.records.record import Record
from bench.tables.rows import Candidate, Group, Labels
from bench.tables.table import Better

VALIDATION = "validation"
TEST = "test"
TRAIN = "train"  # of the training itself: what a step costs


@dataclass(frozen=True)
class Metric:
    """A metric on a split, as the records name it."""

    split: str
    name: str
    unit: str
    better: Better

    @property
    def key(self) -> str:
        return f"{self.split}.{self.name}"


@dataclass(frozen=True)
class Measured:
    """One row of the table to be: the chosen value, its records, the ok ones of these, and all that was tried.

    `tuned` is None where no run of the row could be chosen; `records` are then all of the row's. A run whose primary metric is
    not finite on some split counts as one that is not ok, also where that is the test split, which plays no part in the choice.
    `draws`: by a metric's key the row's score on each of the test sets that were drawn again (`bench.tables.test_set`).
    """

    labels: Labels
    tuned: Labels | None
    records: tuple[Record, ...]
    ok: tuple[Record, ...]
    group: Group
    draws: Mapping[str, Sequence[float]] = field(default_factory=dict, compare=False)


def metrics_of(records: Sequence[Record], split: str) -> list[Metric]:
    """The metrics that ok records have on a split, in their order: the first is the primary one."""
    metrics: dict[str, Metric] = {}
    for record in records:
        if record.status == "ok" and split in record.metrics:
            for name, entry in record.metrics[split].items():
                metrics.setdefault(name, Metric(split, name, entry["unit"] or "", entry["better"] or ""))
    return list(metrics.values())


def value_of(record: Record, metric: Metric) -> float | None:
    """The value, or None where the record lacks the metric or it was not finite."""
    if metric.split not in record.metrics or metric.name not in record.metrics[metric.split]:
        return None
    value = record.metrics[metric.split][metric.name]["value"]
    return None if value is None else float(value)


def values_of(records: Sequence[Record], metric: Metric) -> list[float]:
    return [value for record in records if (value := value_of(record, metric)) is not None]


def choose(group: Group, primary: Metric | None) -> Measured:
    """The row with its best value on validation; `primary` is None where no record has a validation metric."""

    def rank(candidate: Candidate) -> tuple[bool, int, float]:
        ok = usable(candidate.records, primary)
        complete = len(ok) == len(candidate.records)
        if primary is None or not ok:
            return (not complete, -len(ok), 0.0)
        mean = fmean(values_of(ok, primary))
        return (not complete, -len(ok), -mean if primary.better == "higher" else mean)

    best = min(group.candidates, key=rank)  # min keeps the first of equals
    ok = usable(best.records, primary)
    if not ok:
        return Measured(group.labels, None, group.records, (), group)
    return Measured(group.labels, best.tuned, best.records, tuple(record for record in ok if finite(record, primary)), group)


def usable(records: Sequence[Record], primary: Metric | None) -> tuple[Record, ...]:
    """The records that are ok and have a finite primary metric on validation."""
    return tuple(r for r in records if r.status == "ok" and (primary is None or value_of(r, primary) is not None))


def finite(record: Record, primary: Metric | None) -> bool:
    """Whether the primary metric is finite on every split of the record that has it."""
    if primary is None:
        return True
    return all(metrics[primary.name]["value"] is not None for metrics in record.metrics.values() if primary.name in metrics)
