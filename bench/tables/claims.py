"""Findings: the claims that a sweep is to bear out, each judged by our own rows and their seeds, and by nothing else.

A finding says that the metric of one row lies above that of another. It is open where the budget still decides (`bench.tables.
settled`), or a tuned value stands at an edge of its grid. Else it holds, or does not, where the test of the two rows tells them
apart, by seeds and by test items where outputs are kept, corrected by Holm over the findings that are not open; where it does
not, these seeds leave it undecided. Rows that share a table though their data differ (`sweep.across`) are subtracted where they
differ in nothing else, for then the data are what the finding is about. Where both rows have a published figure of one source,
the published difference stands beside ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.stats.intervals import LEAST_SEEDS, Interval
from bench.stats.pooling import detectable
from bench.stats.resampling import RESAMPLES
from bench.stats.significance import LEVEL, Tested, holm
from bench.tables import budget_checks, metric_columns, number_format, published, settled
from bench.tables.caption import provenance_of_metrics, under_a_further_table
from bench.tables.comparison import Comparison, fitting_rows, is_about
from bench.tables.difference_columns import STAR, difference_cell, tested
from bench.tables.named_differences import unnamed
from bench.tables.published import Match
from bench.tables.spec import Claim
from bench.tables.table import EMPTY, Cell, Column, Row, Table
from bench.tables.test_set import BOOTSTRAP
from bench.tables.tuning import Measured, Metric

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided with these seeds"
BUDGET, GRID = "open: decided by the budget", "open: a tuned value stands at an edge of its grid"
COLUMNS = (
    Column("claim", "finding", numeric=False),
    Column("metric", "metric", numeric=False, weight=2),
    Column("seeds", "seeds", numeric=False, weight=3),
    Column("difference", "difference"),
    Column("published", "published difference", weight=1),
    Column("size", "size", numeric=False, weight=1),
    Column("p_holm", "p"),
    Column("error_of", "error of", numeric=False, weight=3),
    Column("detectable", "could have shown", weight=2),
    Column("settled", "settled", numeric=False),
    Column("verdict", "verdict", numeric=False),
    Column("higher", "said to be higher", numeric=False, weight=3),
    Column("lower", "said to be lower", numeric=False, weight=3),
    Column("budget", "budget", numeric=False, weight=4),
)


@dataclass(frozen=True)
class Judged:
    """A finding with the indices of its rows (of as many rows as fit), its metric, test and published difference.

    `open` says why it is not decided, `unnamed` in what its rows differ that it does not name; both are mostly empty.
    `about_data`: its rows differ in their data and in nothing else.
    """

    finding: Claim
    higher: list[int]
    lower: list[int]
    metric: Metric | None
    tested: Tested | None = None
    published: float | None = None
    open: str = ""
    unnamed: tuple[str, ...] = ()
    about_data: bool = False

    @property
    def decided(self) -> bool:
        """Whether it is among the findings that the test decides."""
        return self.tested is not None and not self.open and not self.unnamed


def table(comparison: Comparison) -> Table | None:
    """The table, or None where the sweep claims nothing about this data set."""
    name = str(comparison.data["name"]) if comparison.data else ""
    matches = published.matched(comparison)
    judged = [
        _judge(comparison, finding, matches)
        for finding in comparison.spec.claims
        if finding.data in ("", name) and any(is_about(comparison, row) for row in finding.rows("higher"))
    ]
    if not judged:
        return None
    decided = [item for item in judged if item.decided]
    corrected = dict(zip(map(id, decided), holm([item.tested.p for item in decided if item.tested]), strict=True))
    return Table(
        title=f"{comparison.spec.title}: findings",
        columns=COLUMNS,
        rows=tuple(_row(comparison, item, corrected.get(id(item)), tests=len(decided)) for item in judged),
        caption=(*_caption(comparison, judged), *under_a_further_table(comparison, _rows_of(judged), _metrics_of(judged))),
        data_name=name,
        task=comparison.task,
        data_sha256=str(comparison.data["sha256"]) if comparison.data else "",
        provenance=provenance_of_metrics(comparison, _rows_of(judged), _metrics_of(judged)),
    )


def _judge(comparison: Comparison, finding: Claim, matches: Sequence[Match]) -> Judged:
    metric = (
        published.metric_named(comparison, finding.split or comparison.split, finding.metric)
        if finding.metric
        else comparison.primary
    )
    higher, lower = (fitting_rows(comparison.rows, row) for row in finding.rows(metric.better if metric else ""))
    if len(higher) != 1 or len(lower) != 1 or metric is None:
        return Judged(finding, higher, lower, metric)
    pair = (comparison.rows[higher[0]], comparison.rows[lower[0]])
    first, second = (row.records[0].config for row in pair)
    different_data = metric_columns.DIFFERENT_DATA in metric_columns.ways_of_scoring(pair, metric)
    about_data = different_data and not unnamed(first, second, named=comparison.across, tuned=comparison.spec.tune)
    ignoring = [metric_columns.DIFFERENT_DATA] if about_data else []
    test = tested(comparison.rows, higher[0], lower[0], metric=metric, ignoring=ignoring)
    return Judged(
        finding,
        higher,
        lower,
        metric,
        test,
        _published(matches, higher[0], lower[0], metric=metric),
        _why_open(comparison, pair, metric, test),
        tuple(unnamed(first, second, named=finding.named, tuned=comparison.spec.tune)),
        about_data,
    )


def _why_open(comparison: Comparison, rows: tuple[Measured, Measured], metric: Metric, test: Tested | None) -> str:
    if not all(row.ok for row in rows):
        return ""
    checked = test is not None and budget_checks.passed(rows, comparison.checks, metric, test.difference)
    if not checked and not all(map(settled.budget_settled, rows)):
        return BUDGET
    return GRID if any(settled.edges(row, comparison.grouping.tuned_keys) for row in rows) else ""


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
    if item.unnamed:
        return f"not judged: the rows also differ in {' and '.join(item.unnamed)}"
    if item.open:
        return item.open
    if item.tested is None or p is None:
        return f"undecided: fewer than {LEAST_SEEDS} seeds per row, or scored in different ways"
    if p >= LEVEL:
        return f"{UNDECIDED} and test items" if item.tested.name == BOOTSTRAP else UNDECIDED
    return HOLDS if item.tested.difference.centre > 0 else FAILS


def _row(comparison: Comparison, item: Judged, p: float | None, *, tests: int) -> Row:
    names = [
        comparison.name_of(comparison.rows[indices[0]]) if len(indices) == 1 else EMPTY.text
        for indices in (item.higher, item.lower)
    ]
    difference = item.tested.difference if item.tested else None
    rows = [comparison.rows[index] for index in (*item.higher, *item.lower)]
    compared = EMPTY.text not in names and all(row.ok for row in rows)
    all_intervals = metric_columns.intervals(comparison.rows, item.metric) if item.metric is not None else []
    places = number_format.decimals([all_intervals[index] for index in (*item.higher, *item.lower) if all_intervals])
    return Row(
        (
            Cell(item.finding.claim, item.finding.claim),
            Cell(EMPTY.text if item.metric is None else _metric(item.metric), item.metric.key if item.metric else None),
            EMPTY if EMPTY.text in names else Cell(" / ".join(metric_columns.seeds(row) for row in rows)),
            EMPTY if difference is None else difference_cell(difference, places, p=p),
            EMPTY if item.published is None else Cell(number_format.signed_number(item.published), item.published),
            Cell(EMPTY.text if difference is None or item.published is None else _size(difference, item.published)),
            EMPTY if p is None else Cell(number_format.p_value(p), p),
            EMPTY if item.tested is None else Cell(error_of := _error_of(item.tested), error_of),
            _detectable(item.tested, places, tests=max(tests, 1)),
            Cell("no" if item.open else "yes", not item.open) if compared else EMPTY,
            Cell(verdict := _verdict(comparison, item, p), verdict, best=verdict in (HOLDS, FAILS)),
            *(Cell(name, name) for name in names),
            Cell(" / ".join(dict.fromkeys(settled.budget(row) for row in rows))) if compared else EMPTY,
        )
    )


def _error_of(test: Tested) -> str:
    """Whose spread the interval of the difference shows."""
    return metric_columns.ITEMS if test.name == BOOTSTRAP else metric_columns.SEEDS


def _detectable(test: Tested | None, places: int, *, tests: int) -> Cell:
    if test is None:
        return EMPTY
    least = detectable(test, tests=tests)
    return Cell(f"{least:.{places}f}", least)


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


def _rows_of(judged: Sequence[Judged]) -> list[int]:
    return [row for item in judged for row in (*item.higher, *item.lower)]


def _metrics_of(judged: Sequence[Judged]) -> list[Metric]:
    return [item.metric for item in judged if item.metric is not None]


def _caption(comparison: Comparison, judged: Sequence[Judged]) -> list[str]:
    decided = [item.tested for item in judged if item.decided and item.tested is not None]
    names = " and ".join(dict.fromkeys(test.name for test in decided if test.name != BOOTSTRAP))
    over_seeds = [f"{names} over seeds, which takes them as normal"] if names else []
    by_items = [BOOTSTRAP] if any(test.name == BOOTSTRAP for test in decided) else []
    p = (
        f"p: {', or '.join([*over_seeds, *by_items])}, Holm-corrected over the {len(decided)} "
        f"finding{'' if len(decided) == 1 else 's'} that are not open; {STAR} p < {LEVEL:.2g}."
    )
    drawn = any(comparison.rows[row].draws for row in _rows_of(judged))
    wider = (
        f", or over the test items ({RESAMPLES:,} paired bootstrap draws) where that is wider: see 'error of'" if drawn else ""
    )
    spread = "such seeds and test items" if drawn else "these seeds"
    sizes = any(item.published is not None for item in judged)
    about_data = f"A finding about {' and '.join(comparison.across)} subtracts rows of different data, alike in all else."
    return [
        f"Difference: the row said to be higher minus the other, with its 95 % t-interval over seeds{wider}. "
        f"{HOLDS.capitalize()} or {FAILS}: by its sign if p < {LEVEL:.2g}, otherwise undecided.",
        *([p] if decided else []),
        *([about_data] if any(item.about_data for item in judged) else []),
        f"Could have shown: the smallest true difference that {spread} show four times in five (power 80 %), corrected too.",
        "Settled: in every seed of both rows early stopping ended the training, or its best validation lies before the last "
        "tenth of the budget, or twice the budget moves the difference by less than its interval; no tuned value at an edge.",
        *(
            ["Size: ours beside the published difference; 'as published' if it lies in our interval, 'undecided' if 0 does."]
            if sizes
            else []
        ),
    ]
