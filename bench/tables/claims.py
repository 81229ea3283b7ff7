"""Findings: the claims that a sweep is to bear out, each judged by our own rows and their seeds, and by nothing else.

A finding says that the metric of one row lies above that of another. It holds, or does not, where the test of the two rows
(`significance.between`, corrected by Holm over the findings) tells them apart, in the one direction or the other; else these
seeds leave it undecided. Where both rows have a published figure of one source, the published difference stands beside ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.stats.intervals import Interval
from bench.stats.significance import LEVEL, PAIRED, Tested, between, holm, smallest
from bench.tables import metric_columns, number_format, published
from bench.tables.caption import of_metrics
from bench.tables.comparison import Draft, fitting_rows
from bench.tables.difference_columns import STAR, by_seed, shown
from bench.tables.published import Beside
from bench.tables.spec import Claim
from bench.tables.table import EMPTY, Cell, Column, Row, Table
from bench.tables.tuning import Metric

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided with these seeds"
COLUMNS = (
    Column("claim", "finding", numeric=False),
    Column("metric", "metric", numeric=False, weight=2),
    Column("seeds", "seeds", numeric=False, weight=3),
    Column("difference", "difference"),
    Column("published", "published difference", weight=1),
    Column("size", "size", numeric=False, weight=1),
    Column("p_holm", "p"),
    Column("verdict", "verdict", numeric=False),
    Column("higher", "higher row", numeric=False, weight=3),
    Column("lower", "lower row", numeric=False, weight=3),
)


@dataclass(frozen=True)
class Judged:
    """A finding with the indices of its rows (of as many rows as fit), its metric, test and published difference."""

    finding: Claim
    higher: list[int]
    lower: list[int]
    metric: Metric | None
    tested: Tested | None
    published: float | None


def table(draft: Draft) -> Table | None:
    """The table, or None where the sweep claims nothing about this data set."""
    name = str(draft.data["name"]) if draft.data else ""
    beside = published.matched(draft)
    judged = [_judge(draft, finding, beside) for finding in draft.spec.claims if finding.data in ("", name)]
    if not judged:
        return None
    tested = [one for one in judged if one.tested is not None]
    corrected = dict(zip(map(id, tested), holm([one.tested.p for one in tested if one.tested is not None]), strict=True))
    return Table(
        title=f"{draft.spec.title}: findings",
        columns=COLUMNS,
        rows=tuple(_row(draft, one, corrected.get(id(one))) for one in judged),
        caption=tuple(_caption(draft, judged)),
        data_name=name,
        data_sha256=str(draft.data["sha256"]) if draft.data else "",
    )


def _judge(draft: Draft, finding: Claim, beside: Sequence[Beside]) -> Judged:
    metric = published.metric_named(draft, finding.split or draft.split, finding.metric) if finding.metric else draft.primary
    higher, lower = (fitting_rows(draft.rows, row) for row in finding.rows(metric.better if metric else ""))
    if len(higher) != 1 or len(lower) != 1 or metric is None:
        return Judged(finding, higher, lower, metric, None, None)
    rows = [draft.rows[index] for index in (*higher, *lower)]
    alike = not metric_columns.ways_of_scoring(rows, metric)
    tested = between(*(by_seed(row.ok, metric) for row in rows)) if alike else None
    return Judged(finding, higher, lower, metric, tested, _published(beside, higher[0], lower[0], metric=metric))


def _published(beside: Sequence[Beside], higher: int, lower: int, *, metric: Metric) -> float | None:
    """The difference of the two rows' figures, of the first source that prints both."""
    of_metric = [one for one in beside if one.metric == metric]
    ours = {one.figure.source: one.figure.number for one in of_metric if one.row == higher}
    theirs = {one.figure.source: one.figure.number for one in of_metric if one.row == lower}
    return next((ours[source] - theirs[source] for source in ours if source in theirs), None)


def _verdict(draft: Draft, one: Judged, p: float | None) -> str:
    for word, indices in (("higher", one.higher), ("lower", one.lower)):
        if len(indices) != 1:
            return f"the {word} row was not run" if not indices else f"{len(indices)} rows fit the {word} one"
        if not draft.rows[indices[0]].ok:
            return f"no run of the {word} row is ok"
    if one.metric is None:
        return f"no run has {one.finding.metric}"
    if one.tested is None or p is None:
        return "undecided: not two seeds a row, scored alike"
    if p >= LEVEL:
        return UNDECIDED
    return HOLDS if one.tested.difference.centre > 0 else FAILS


def _row(draft: Draft, one: Judged, p: float | None) -> Row:
    names = [draft.name_of(draft.rows[found[0]]) if len(found) == 1 else EMPTY.text for found in (one.higher, one.lower)]
    gap = one.tested.difference if one.tested else None
    rows = [draft.rows[index] for index in (*one.higher, *one.lower)]
    places = number_format.decimals([metric_columns.interval(row, one.metric) for row in rows if one.metric is not None])
    return Row(
        (
            Cell(one.finding.claim, one.finding.claim),
            Cell(EMPTY.text if one.metric is None else _metric(one.metric), one.metric.key if one.metric else None),
            EMPTY if EMPTY.text in names else Cell(" / ".join(metric_columns.seeds(row) for row in rows)),
            EMPTY if gap is None else shown(gap, places, p=p),
            EMPTY if one.published is None else Cell(number_format.signed_number(one.published), one.published),
            Cell(EMPTY.text if gap is None or one.published is None else _size(gap, one.published)),
            EMPTY if p is None else Cell(number_format.p_value(p), p),
            Cell(verdict := _verdict(draft, one, p), verdict, best=verdict in (HOLDS, FAILS)),
            *(Cell(name, name) for name in names),
        )
    )


def _metric(metric: Metric) -> str:
    name = f"{metric.split} {metric.name.replace('_', ' ')}"
    return f"{name} ({metric.unit})" if metric.unit else name


def _size(ours: Interval, theirs: float) -> str:
    assert ours.low is not None and ours.high is not None
    if ours.low <= theirs <= ours.high:
        return "undecided" if ours.low <= 0 <= ours.high else "as published"
    if ours.centre * theirs < 0:
        return "the other way"
    return "larger" if abs(ours.centre) > abs(theirs) else "smaller"


def _caption(draft: Draft, judged: Sequence[Judged]) -> list[str]:
    told = [
        "Difference: higher minus lower row, as the finding names them, with its 95 % t-interval over seeds, paired where the "
        "rows share two; size: where the published difference lies to that interval, undecided where 0 lies within it too."
    ]
    tested = [one.tested for one in judged if one.tested is not None]
    if tested:
        names = " and ".join(dict.fromkeys(test.name for test in tested))
        told.append(
            f"p: {names} over seeds, corrected by Holm over {len(tested)} finding{'' if len(tested) == 1 else 's'}; {STAR} p < "
            f"{LEVEL:.2g}. It takes the seeds as normal{_without(tested)}."
        )
    told.append(f"A finding {HOLDS} or {FAILS} by the sign of the difference at p < {LEVEL:.2g}; one number decides nothing.")
    rows = [row for one in judged for row in (*one.higher, *one.lower)]
    return [*told, *of_metrics(draft, rows, [one.metric for one in judged if one.metric is not None])]


def _without(tested: Sequence[Tested]) -> str:
    """What could be said without taking the seeds as normal."""
    pairs = [test.difference.n for test in tested if test.name == PAIRED]
    if not pairs:
        return ""
    return f"; a randomisation test, which does not, gives no p under {smallest(max(pairs)):.3g} with {max(pairs)} pairs"
