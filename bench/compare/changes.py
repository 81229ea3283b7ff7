"""The same rows in two folders, and how far each moved: the difference of the primary metric with its test.

Rows are matched by their labels, and the test is `significance.between`, corrected by Holm over the rows: it assumes normally
distributed seeds, since three, the fewest that it takes, could tell nothing apart without that. Equal seeds are pairs on one
family of processors alone: on another they give other bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from bench.stats.intervals import LEAST_SEEDS, Interval
from bench.stats.significance import LEVEL, between, holm
from bench.tables.difference_columns import by_seed
from bench.tables.provenance import families
from bench.tables.rows import Labels
from bench.tables.tuning import Measured, Metric

SAME = "within noise"
UNKNOWN = f"unknown: fewer than {LEAST_SEEDS} seeds"
LOST, FEWER, FOUND = "no longer ok", "more runs fail", "ok now"


@dataclass(frozen=True)
class Change:
    """One row in both folders.

    `test` is empty where a side has too few seeds, `difference` (new minus old) None where one has no run that is ok;
    `p` is corrected.
    """

    labels: Labels
    old: Measured
    new: Measured
    difference: Interval | None = None
    test: str = ""
    p: float | None = None

    def verdict(self, better: str) -> str:
        """SAME, UNKNOWN, or how the row moved; `better` is lower, higher or empty."""
        if self.difference is None:
            return SAME if bool(self.old.ok) == bool(self.new.ok) else LOST if self.old.ok else FOUND
        if _failed(self.new) > _failed(self.old):
            return FEWER
        if self.p is None:
            return UNKNOWN if self.difference.centre else SAME
        if self.p >= LEVEL:
            return SAME
        return "moved" if not better else "better" if (self.difference.centre > 0) == (better == "higher") else "worse"

    def moved(self) -> bool:
        return self.verdict("") not in (SAME, UNKNOWN)


def changes(old: Mapping[Labels, Measured], new: Mapping[Labels, Measured], *, metric: Metric) -> list[Change]:
    """The rows that both have, in the order of the old ones."""
    matched = [_change(labels, old[labels], new=new[labels], metric=metric) for labels in old if labels in new]
    corrected = iter(holm([change.p for change in matched if change.p is not None]))
    return [change if change.p is None else replace(change, p=next(corrected)) for change in matched]


def _failed(row: Measured) -> int:
    return len(row.records) - len(row.ok)


def _change(labels: Labels, old: Measured, *, new: Measured, metric: Metric) -> Change:
    before, after = by_seed(old.ok, metric), by_seed(new.ok, metric)
    if not before or not after:
        return Change(labels, old, new)
    if (tested := between(after, before, pair=len(families([*old.ok, *new.ok])) == 1)) is not None:
        return Change(labels, old, new, tested.difference, tested.name, tested.p)
    difference = fmean(after.values()) - fmean(before.values())
    return Change(labels, old, new, Interval(difference, None, None, 1))
