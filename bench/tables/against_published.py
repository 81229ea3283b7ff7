"""Our rows compared with the published figures that name them: our value with its interval, theirs, and the difference.

The interval is that of our seeds alone; a published figure mostly comes without one, and by another protocol.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.stats.intervals import Interval
from bench.tables import metric_columns, number_format, published
from bench.tables.caption import of_metrics
from bench.tables.comparison import Comparison
from bench.tables.published import Match
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
DIFFERENCE = (
    "Difference: our mean minus the published figure, with the 95 % t-interval over our seeds; the published figures were "
    "measured elsewhere."
)


def table(comparison: Comparison) -> Table | None:
    """The table, or None where no published figure names one of our rows."""
    matches = published.matched(comparison)
    if not matches:
        return None
    notes: dict[str, dict[str, None]] = {}
    for match in matches:
        if match.figure.note:
            notes.setdefault(match.figure.note, {})[match.figure.name] = None
    protocols = [f"{', '.join(names)}: {note}" for note, names in notes.items()]
    other_data = dict.fromkeys(match.figure.measured_on for match in matches if match.figure.measured_on)
    caption = [
        *([] if all(match.figure.measured_on for match in matches) else [DIFFERENCE]),
        *(
            [f"No difference is given for figures that were measured on other data: {', '.join(other_data)}."]
            if other_data
            else []
        ),
        *([f"Protocol of the published figures: {'; '.join(protocols)}."] if protocols else []),
        *of_metrics(comparison, [match.row for match in matches], [match.metric for match in matches]),
    ]
    return Table(
        title=f"{comparison.spec.title}: comparison with published figures",
        columns=COLUMNS,
        rows=tuple(_row(comparison, match, places=_places(comparison, match, matches)) for match in matches),
        caption=tuple(caption),
        data_name=str(comparison.data["name"]) if comparison.data else "",
        data_sha256=str(comparison.data["sha256"]) if comparison.data else "",
    )


def _places(comparison: Comparison, match: Match, matches: Sequence[Match]) -> int:
    """The decimals of all of a metric's rows."""
    return number_format.decimals(
        [metric_columns.interval(comparison.rows[other.row], match.metric) for other in matches if other.metric == match.metric]
    )


def _row(comparison: Comparison, match: Match, *, places: int) -> Row:
    row = comparison.rows[match.row]
    ours = metric_columns.interval(row, match.metric)
    name = f"{match.metric.split} {match.metric.name.replace('_', ' ')}"
    return Row(
        (
            Cell(match.figure.name, match.figure.name),
            Cell(comparison.name_of(row), comparison.name_of(row)),
            Cell(f"{name} ({match.metric.unit})" if match.metric.unit else name, match.metric.key),
            Cell(metric_columns.seeds(row), len(row.ok), n=len(row.records)),
            Cell(metric_columns.status(row))
            if ours is None
            else metric_columns.cell(number_format.with_half_width(ours, places), ours),
            Cell(str(match.figure.value), match.figure.number),
            EMPTY if ours is None or match.figure.measured_on else _difference(ours, match.figure.number, places),
            Cell(match.figure.source, match.figure.source),
        )
    )


def _difference(ours: Interval, theirs: float, places: int) -> Cell:
    low, high = (None if bound is None else bound - theirs for bound in (ours.low, ours.high))
    gap = Interval(ours.centre - theirs, low, high, ours.n)
    return metric_columns.cell(number_format.signed(gap, places), gap)
