"""What the figure of distances is given: the primary metric of each row at each value of the key in which the data differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bench.records.record import Record
from bench.tables import rows
from bench.tables.comparison import Draft
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


def distances(draft: Draft, metric: Metric) -> Distances | None:
    """The lines, one for the rows that differ in nothing but the key; None where the data differ in several, or by words."""
    from bench.figures.distance import Line
    from bench.figures.style import Identity

    if len(draft.across) != 1 or draft.across[0] not in draft.grouping.row_keys:
        return None
    place = draft.grouping.row_keys.index(draft.across[0])
    other_keys = _without(draft.grouping.row_keys, place)
    guess: dict[float, float] = {}
    values: dict[Labels, dict[float, list[float]]] = {}
    removed = metric.better == "lower" and any(_guess(record, metric) for row in draft.rows for record in row.ok)
    for row in draft.rows:
        length = row.labels[place]
        if not isinstance(length, int | float):
            return None
        for record in row.ok:
            own, level = value_of(record, metric), _guess(record, metric)
            if level is not None:
                guess[length] = 0.0 if removed else level
            if own is not None:
                shown = 100 * (1 - own / level) if removed and level else own
                values.setdefault(_without(row.labels, place), {}).setdefault(length, []).append(shown)
    lines = [
        Line(rows.name_of(other_keys, labels) or draft.spec.title, Identity(family, 0), found)
        for family, (labels, found) in enumerate(values.items())
    ]
    return Distances(lines, guess, removed)


def _guess(record: Record, metric: Metric) -> float | None:
    return value_of(record, Metric(metric.split, f"{GUESS}{metric.name}", "", ""))


def _without(values: tuple[T, ...], place: int) -> tuple[T, ...]:
    return (*values[:place], *values[place + 1 :])
