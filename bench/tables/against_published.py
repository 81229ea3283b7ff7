"""Our rows beside the published figures that name them: ours with its interval, theirs, and the difference.

The interval is that of our seeds alone; a published figure mostly comes without one, and by another protocol.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.stats.intervals import Interval
from bench.tables import metric_columns, number_format, published
from bench.tables.caption import of_metrics
from bench.tables.comparison import Draft
from bench.tables.published import Beside
from bench.tables.table import EMPTY, Cell, Column, Row, Table

COLUMNS = (
    Column("published.name", "published", numeric=False),
    Column("row", "our row", numeric=False),
    Column("metric", "metric", numeric=False, weight=2),
    Column("seeds", "seeds", weight=3),
    Column("ours", "ours"),
    Column("published.value", "theirs"),
    Column("difference", "difference"),
    Column("published.source", "source", numeric=False, weight=1),
)
DIFFERENCE = "Difference: ours minus theirs, with the 95 % t-interval of our seeds; theirs were measured elsewhere."


def table(draft: Draft) -> Table | None:
    """The table, or None where no published figure names one of our rows."""
    found = published.matched(draft)
    if not found:
        return None
    notes: dict[str, dict[str, None]] = {}
    for one in found:
        if one.figure.note:
            notes.setdefault(one.figure.note, {})[one.figure.name] = None
    protocols = [f"{', '.join(names)}: {note}" for note, names in notes.items()]
    others = dict.fromkeys(one.figure.measured_on for one in found if one.figure.measured_on)
    caption = [
        *([] if all(one.figure.measured_on for one in found) else [DIFFERENCE]),
        *([f"Measured on other data than ours, so without a difference: those on {', '.join(others)}."] if others else []),
        *([f"Their protocol: {'; '.join(protocols)}."] if protocols else []),
        *of_metrics(draft, [one.row for one in found], [one.metric for one in found]),
    ]
    return Table(
        title=f"{draft.spec.title}: beside published figures",
        columns=COLUMNS,
        rows=tuple(_row(draft, one, places=_places(draft, one, found)) for one in found),
        caption=tuple(caption),
        data_name=str(draft.data["name"]) if draft.data else "",
        data_sha256=str(draft.data["sha256"]) if draft.data else "",
    )


def _places(draft: Draft, one: Beside, found: Sequence[Beside]) -> int:
    """The decimals of all of a metric's rows."""
    return number_format.decimals(
        [metric_columns.interval(draft.rows[other.row], one.metric) for other in found if other.metric == one.metric]
    )


def _row(draft: Draft, one: Beside, *, places: int) -> Row:
    row = draft.rows[one.row]
    ours = metric_columns.interval(row, one.metric)
    name = f"{one.metric.split} {one.metric.name.replace('_', ' ')}"
    return Row(
        (
            Cell(one.figure.name, one.figure.name),
            Cell(draft.name_of(row), draft.name_of(row)),
            Cell(f"{name} ({one.metric.unit})" if one.metric.unit else name, one.metric.key),
            Cell(metric_columns.seeds(row), len(row.ok), n=len(row.records)),
            Cell(metric_columns.status(row))
            if ours is None
            else metric_columns.cell(number_format.with_half_width(ours, places), ours),
            Cell(str(one.figure.value), one.figure.number),
            EMPTY if ours is None or one.figure.measured_on else _difference(ours, one.figure.number, places),
            Cell(one.figure.source, one.figure.source),
        )
    )


def _difference(ours: Interval, theirs: float, places: int) -> Cell:
    low, high = (None if bound is None else bound - theirs for bound in (ours.low, ours.high))
    gap = Interval(ours.centre - theirs, low, high, ours.n)
    return metric_columns.cell(number_format.signed(gap, places), gap)
