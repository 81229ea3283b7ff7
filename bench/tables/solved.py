"""Outcomes with two values: a sequence drawn by a rule is solved or it is not, and a mean of both tells of neither.

Where some seeds of a row reach `SOLVED` and others do not, the row says how many did, and has no interval.
"""

from __future__ import annotations

from bench.tables.tuning import Measured, Metric, values_of

SOLVED = 95.0
"""Percent from which a seed counts as having solved what a rule draws."""
DRAWN = "generated"
SENTENCE = f"k of n solved: so many seeds reach {SOLVED:g} % and the others do not, so there is no mean."


def parted(row: Measured, metric: Metric) -> str:
    """`2 of 3 solved`; "" where all seeds have the one outcome, or what is measured has more than two."""
    if metric.unit != "%" or metric.better != "higher" or any(record.data.get("name") != DRAWN for record in row.ok):
        return ""
    values = values_of(row.ok, metric)
    solved = sum(value >= SOLVED for value in values)
    return f"{solved} of {len(values)} solved" if 0 < solved < len(values) else ""
