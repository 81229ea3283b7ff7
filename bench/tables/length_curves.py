"""The input of the figure of distances: the primary metric of each row at each value of the key in which the data differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bench.records.record import Record
from bench.tables import rows
from bench.tables.comparison import Comparison
from bench.tables.looks import identities_of
from bench.tables.rows import Labels
from bench.tables.tuning import Metric, value_of

if TYPE_CHECKING:
    from bench.figures.distance import Line

T = TypeVar("T")
GUESS = "guess_"
"""Before the name of a metric: what an answer that reads nothing gets."""


@dataclass(frozen=True)
class Distances:
    """`guess`: the level of guessing at each length; empty where the records have none. `removed`: what is drawn is the share
    of that level, in percent, which is gone; so of a metric whose lower values are better."""

    lines: list[Line]
    guess: Mapping[float, float]
    removed: bool


def distances(comparison: Comparison, metric: Metric) -> Distances | None:
    """The lines, one for the rows that differ in nothing but the key; None where the data differ in several, or by words."""
    from bench.figures.distance import Line

    if len(comparison.across) != 1 or comparison.across[0] not in comparison.grouping.row_keys:
        return None
    position = comparison.grouping.row_keys.index(comparison.across[0])
    other_keys = _without(comparison.grouping.row_keys, position)
    guess: dict[float, float] = {}
    values: dict[Labels, dict[float, list[float]]] = {}
    removed = metric.better == "lower" and any(_guess(record, metric) for row in comparison.rows for record in row.ok)
    for row in comparison.rows:
        length = row.labels[position]
        if not isinstance(length, int | float):
            return None
        for record in row.ok:
            value, guessed = value_of(record, metric), _guess(record, metric)
            if guessed is not None:
                guess[length] = 0.0 if removed else guessed
            if value is not None:
                drawn = 100 * (1 - value / guessed) if removed and guessed else value
                values.setdefault(_without(row.labels, position), {}).setdefault(length, []).append(drawn)
    identities = identities_of(other_keys, list(values))
    lines = [
        Line(rows.name_of(other_keys, labels) or comparison.spec.title, identity, by_length)
        for identity, (labels, by_length) in zip(identities, values.items(), strict=True)
    ]
    return Distances(lines, guess, removed)


def _guess(record: Record, metric: Metric) -> float | None:
    return value_of(record, Metric(metric.split, f"{GUESS}{metric.name}", "", ""))


def _without(values: tuple[T, ...], position: int) -> tuple[T, ...]:
    return (*values[:position], *values[position + 1 :])
