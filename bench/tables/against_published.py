"""Our rows compared with the published figures that name them: our value with its interval, theirs, and the difference.

The interval is that of our seeds; a published figure comes without one, so the difference has none. What they had otherwise,
inputs, data, protocol, stands in the row.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.stats.intervals import Interval
from bench.tables import metric_columns, number_format, published
from bench.tables.caption import provenance_of_metrics, under_a_further_table
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
    Column("published.inputs", "theirs had", numeric=False, weight=1),
    Column("published.source", "source", numeric=False, weight=1),
)
DIFFERENCE = (
    "Difference: our mean minus the published figure, without an interval, for theirs has none; what they had otherwise stands "
    "in the row."
)


def table(comparison: Comparison) -> Table | None:
    """The table, or None where no published figure names one of our rows."""
    matches = published.matched(comparison)
    if not matches:
        return None
    other_data = dict.fromkeys(match.figure.measured_on for match in matches if match.figure.measured_on)
    rows, metrics = [match.row for match in matches], [match.metric for match in matches]
    caption = [
        *([] if all(match.figure.measured_on for match in matches) else [DIFFERENCE]),
        *(
            [f"No difference is given for figures that were measured on other data: {', '.join(other_data)}."]
            if other_data
            else []
        ),
        *under_a_further_table(comparison, rows, metrics),
    ]
    return Table(
        title=f"{comparison.spec.title}: comparison with published figures",
        columns=COLUMNS,
        rows=tuple(_row(comparison, match, places=_places(comparison, match, matches)) for match in matches),
        caption=tuple(caption),
        data_name=str(comparison.data["name"]) if comparison.data else "",
        task=comparison.task,
        data_sha256=str(comparison.data["sha256"]) if comparison.data else "",
        provenance=provenance_of_metrics(comparison, rows, metrics),
    )


def _places(comparison: Comparison, match: Match, matches: Sequence[Match]) -> int:
    """The decimals of all of a metric's rows."""
    values = metric_columns.intervals(comparison.rows, match.metric)
    return number_format.decimals([values[other.row] for other in matches if other.metric == match.metric])


def _row(comparison: Comparison, match: Match, *, places: int) -> Row:
    row = comparison.rows[match.row]
    ours = metric_columns.intervals(comparison.rows, match.metric)[match.row]
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
            Cell(match.figure.notes or EMPTY.text, match.figure.notes),
            Cell(match.figure.source, match.figure.source),
        )
    )


def _difference(ours: Interval, theirs: float, places: int) -> Cell:
    gap = Interval(ours.centre - theirs, None, None, ours.n)
    return metric_columns.cell(number_format.signed(gap, places), gap)
