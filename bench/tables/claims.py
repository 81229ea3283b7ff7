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
from bench.tables.comparison import Comparison, fitting_rows
from bench.tables.difference_columns import STAR, by_seed, difference_cell
from bench.tables.published import Match
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


def table(comparison: Comparison) -> Table | None:
    """The table, or None where the sweep claims nothing about this data set."""
    name = str(comparison.data["name"]) if comparison.data else ""
    matches = published.matched(comparison)
    judged = [_judge(comparison, finding, matches) for finding in comparison.spec.claims if finding.data in ("", name)]
    if not judged:
        return None
    tested = [item for item in judged if item.tested is not None]
    corrected = dict(zip(map(id, tested), holm([item.tested.p for item in tested if item.tested is not None]), strict=True))
    return Table(
        title=f"{comparison.spec.title}: findings",
        columns=COLUMNS,
        rows=tuple(_row(comparison, item, corrected.get(id(item))) for item in judged),
        caption=tuple(_caption(comparison, judged)),
        data_name=name,
        data_sha256=str(comparison.data["sha256"]) if comparison.data else "",
    )


def _judge(comparison: Comparison, finding: Claim, matches: Sequence[Match]) -> Judged:
    metric = (
        published.metric_named(comparison, finding.split or comparison.split, finding.metric)
        if finding.metric
        else comparison.primary
    )
    higher, lower = (fitting_rows(comparison.rows, row) for row in finding.rows(metric.better if metric else ""))
    if len(higher) != 1 or len(lower) != 1 or metric is None:
        return Judged(finding, higher, lower, metric, None, None)
    rows = [comparison.rows[index] for index in (*higher, *lower)]
    same_scoring = not metric_columns.ways_of_scoring(rows, metric)
    tested = between(*(by_seed(row.ok, metric) for row in rows)) if same_scoring else None
    return Judged(finding, higher, lower, metric, tested, _published(matches, higher[0], lower[0], metric=metric))


def _published(all_matches: Sequence[Match], higher: int, lower: int, *, metric: Metric) -> float | None:
    """The difference of the two rows' figures, of the first source that prints both."""
    matches = [match for match in all_matches if match.metric == metric]
    ours = {match.figure.source: match.figure.number for match in matches if match.row == higher}
    theirs = {match.figure.source: match.figure.number for match in matches if match.row == lower}
    return next((ours[source] - theirs[source] for source in ours if source in theirs), None)


def _verdict(comparison: Comparison, item: Judged, p: float | None) -> str:
    for word, indices in (("higher", item.higher), ("lower", item.lower)):
        if len(indices) != 1:
            return f"the {word} row was not run" if not indices else f"{len(indices)} rows match the {word} row"
        if not comparison.rows[indices[0]].ok:
            return f"no run of the {word} row is ok"
    if item.metric is None:
        return f"no run has {item.finding.metric}"
    if item.tested is None or p is None:
        return "undecided: fewer than two seeds per row, or scored in different ways"
    if p >= LEVEL:
        return UNDECIDED
    return HOLDS if item.tested.difference.centre > 0 else FAILS


def _row(comparison: Comparison, item: Judged, p: float | None) -> Row:
    names = [
        comparison.name_of(comparison.rows[indices[0]]) if len(indices) == 1 else EMPTY.text
        for indices in (item.higher, item.lower)
    ]
    difference = item.tested.difference if item.tested else None
    rows = [comparison.rows[index] for index in (*item.higher, *item.lower)]
    places = number_format.decimals([metric_columns.interval(row, item.metric) for row in rows if item.metric is not None])
    return Row(
        (
            Cell(item.finding.claim, item.finding.claim),
            Cell(EMPTY.text if item.metric is None else _metric(item.metric), item.metric.key if item.metric else None),
            EMPTY if EMPTY.text in names else Cell(" / ".join(metric_columns.seeds(row) for row in rows)),
            EMPTY if difference is None else difference_cell(difference, places, p=p),
            EMPTY if item.published is None else Cell(number_format.signed_number(item.published), item.published),
            Cell(EMPTY.text if difference is None or item.published is None else _size(difference, item.published)),
            EMPTY if p is None else Cell(number_format.p_value(p), p),
            Cell(verdict := _verdict(comparison, item, p), verdict, best=verdict in (HOLDS, FAILS)),
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
        return "opposite sign"
    return "larger" if abs(ours.centre) > abs(theirs) else "smaller"


def _caption(comparison: Comparison, judged: Sequence[Judged]) -> list[str]:
    sentences = [
        "Difference: higher minus lower row, as named by the finding, with its 95 % t-interval over seeds, paired by seed if "
        "the rows share at least two. Size: our difference compared with the published one; 'as published' if that lies in our "
        "interval, 'undecided' if 0 does too."
    ]
    tested = [item.tested for item in judged if item.tested is not None]
    if tested:
        names = " and ".join(dict.fromkeys(test.name for test in tested))
        sentences.append(
            f"p: {names} over seeds, Holm-corrected over {len(tested)} finding{'' if len(tested) == 1 else 's'}; {STAR} p < "
            f"{LEVEL:.2g}. It assumes normally distributed seeds{_without(tested)}."
        )
    sentences.append(
        f"A finding {HOLDS} or {FAILS} according to the sign of the difference if p < {LEVEL:.2g}; otherwise it is undecided, "
        "as always with a single seed."
    )
    rows = [row for item in judged for row in (*item.higher, *item.lower)]
    return [*sentences, *of_metrics(comparison, rows, [item.metric for item in judged if item.metric is not None])]


def _without(tested: Sequence[Tested]) -> str:
    """What a test could show that does not assume normally distributed seeds."""
    pairs = [test.difference.n for test in tested if test.name == PAIRED]
    if not pairs:
        return ""
    return f"; a randomisation test, which does not, cannot go below p = {smallest(max(pairs)):.3g} with {max(pairs)} pairs"
