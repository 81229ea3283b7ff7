"""Budget checks: runs of twice the budget, which a sweep makes where it is asked to (`sweep.budget_check`).

Where a schedule anneals to its end the last validation is always the best, and a row never settles by itself. Then one run of
each row with twice the budget says whether the order is decided: the finding's difference, of the same seed, moves by less than
the half width of its interval. Such runs are no rows of a table.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.records.record import Record
from bench.stats.intervals import Interval
from bench.tables import config_keys
from bench.tables.settled import budget_settled
from bench.tables.tuning import Measured, Metric, value_of

KEY = "budget_check"
FACTOR = 2
BUDGETS = ("trainer.epochs", "trainer.max_steps")
FOLLOW = ("optimiser.periods",)
"""Keys that follow from the budget where nothing else is said."""


def is_check(record: Record) -> bool:
    return bool((record.config.get("sweep") or {}).get(KEY))


def apart(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """(the runs of the rows, the budget checks)."""
    return [record for record in records if not is_check(record)], [record for record in records if is_check(record)]


def moved(rows: tuple[Measured, Measured], checks: Sequence[Record], metric: Metric) -> float | None:
    """By how much the difference of two rows moves at twice the budget; None where a row that has not settled has no check."""
    shifts = []
    for row in rows:
        shift = _shift(row, checks, metric)
        if shift is None and not budget_settled(row):
            return None
        shifts.append(shift or 0.0)
    return shifts[0] - shifts[1]


def passed(rows: tuple[Measured, Measured], checks: Sequence[Record], metric: Metric, difference: Interval) -> bool:
    """Whether twice the budget moves a difference by less than the half width of its interval."""
    shift, half = moved(rows, checks, metric), difference.half_width
    return shift is not None and half is not None and abs(shift) < half


def _shift(row: Measured, checks: Sequence[Record], metric: Metric) -> float | None:
    """What twice the budget changes, of the first seed of which there is a check."""
    for record in row.ok:
        for check in checks:
            before, after = value_of(record, metric), value_of(check, metric)
            if check.status == "ok" and before is not None and after is not None and _twice(record, check):
                return after - before
    return None


def _twice(record: Record, check: Record) -> bool:
    """Whether the runs differ in their budget alone, by `FACTOR`."""
    first, second = record.flat, check.flat
    keys = [key for key in dict.fromkeys([*first, *second]) if not config_keys.outside(key)]
    differing = {key for key in keys if config_keys.at(first, key) != config_keys.at(second, key)}
    budgets = [key for key in BUDGETS if key in differing]
    return (
        bool(budgets)
        and differing <= {*BUDGETS, *FOLLOW}
        and all(_is_twice(config_keys.at(first, key), config_keys.at(second, key)) for key in budgets)
    )


def _is_twice(before: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after == FACTOR * before
