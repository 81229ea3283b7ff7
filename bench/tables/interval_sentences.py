"""Sentences of a caption on intervals: of what they are, which is drawn, and how differences to the baseline were tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.stats import significance
from bench.stats.intervals import LEAST_SEEDS
from bench.stats.resampling import RESAMPLES
from bench.tables import difference_columns, metric_columns, provenance
from bench.tables.comparison import Comparison
from bench.tables.table import Filled
from bench.tables.test_set import BOOTSTRAP
from bench.tables.tuning import Measured

KINDS = ("test.", "validation.", "train.")
"""How the keys of columns of metrics begin."""


def intervals(filled: Sequence[Filled], *, ranked: bool) -> list[str]:
    cells = [cell for part in filled if part.column.key.startswith(KINDS) for cell in part.cells]
    if not any(cell.value is not None for cell in cells):
        return []
    if all(cell.low is None for cell in cells):
        seeds = "One seed" if all(cell.n <= 1 for cell in cells) else f"Fewer than {LEAST_SEEDS} seeds"
        return [f"{seeds} per row: there are no intervals, and no metric is ranked.", *_items(filled)]
    half = "±: half width of the 95 % t-interval over seeds, by the variance that the rows share where theirs do not differ"
    if items := _items(filled):
        half += ", or of that over the test items where it is wider"
    single = f" (none for fewer than {LEAST_SEEDS} seeds)" if any(cell.n and cell.low is None for cell in cells) else ""
    bold = " Bold: the best row, if every row has an interval and its own overlaps no other." if ranked else ""
    return [f"{half}{single}.{bold}", *items]


def _items(filled: Sequence[Filled]) -> list[str]:
    """What the half width over the items of the test set is, where a column shows it."""
    part = next((part for part in filled if part.column.key.startswith(f"{metric_columns.ITEMS}.")), None)
    if part is None:
        return []
    lacking = " (– where the outputs of a run are not kept)" if any(cell.value is None for cell in part.cells) else ""  # noqa: RUF001
    return [
        f"± {metric_columns.ITEMS}: 1.96 standard errors of the row's score over {RESAMPLES:,} bootstrap draws of the test "
        f"items{lacking}."
    ]


def differences(comparison: Comparison, filled: Sequence[Filled]) -> list[str]:
    part = next((part for part in filled if part.column.key.startswith(difference_columns.PREFIX)), None)
    if part is None or comparison.baseline is None or comparison.primary is None:
        return []
    metric = part.column.key.removeprefix(difference_columns.PREFIX).replace(".", " ").replace("_", " ")
    name = comparison.name_of(comparison.rows[comparison.baseline])
    differing = sum(cell.value is not None for cell in part.cells)
    rows_by_test = difference_columns.by_test(comparison.rows, comparison.baseline, metric=comparison.primary)
    interval = "interval" if BOOTSTRAP in rows_by_test else "t-interval"
    return [
        f"Difference: {metric} minus that of {name}, with its 95 % {interval} (not corrected for the number of rows).",
        f"p: {_tests(comparison, rows_by_test)}, Holm-corrected over {differing} row{'' if differing == 1 else 's'}; "
        f"{difference_columns.STAR} p < {significance.LEVEL:.2g}.",
    ]


def _tests(comparison: Comparison, rows_by_test: Mapping[str, Sequence[Measured]]) -> str:
    """The tests, and the rows whose interval is that over the items of the test set."""
    names = " and ".join(name for name in rows_by_test if name != BOOTSTRAP)
    if BOOTSTRAP not in rows_by_test:
        return names
    if not names:
        return BOOTSTRAP
    return f"{names}, or {BOOTSTRAP} where its interval is wider ({provenance.names(comparison, rows_by_test[BOOTSTRAP])})"
