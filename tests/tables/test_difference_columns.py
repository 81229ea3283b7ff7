"""Differences to the baseline row: unpaired, by the variance that rows share; paired for ways of decoding one training."""

from typing import Any

import pytest
from scipy import stats

from bench.tables.comparison import comparisons_of
from bench.tables.sweep_table import tables
from bench.tables.table import Cell, Table

BASELINE = {"title": "Cells", "baseline": {"cell.name": "elman"}}
KEY = "difference.test.nats_per_char"
SPREAD = {"elman": {0: 2.0, 1: 3.0, 2: 4.0}, "gru": {2: 3.51, 0: 1.5, 1: 2.49}}


def table_of(make: Any, values: dict[str, dict[int, float]], report: Any = BASELINE, **settings: Any) -> Table:
    """`values`: cell -> seed -> test value; `given`: fields of every record."""
    (table,) = tables(
        comparisons_of(
            [
                make(
                    cell=cell,
                    seed=seed,
                    test=value,
                    report=report,
                    **{key: text.format(seed) for key, text in settings.items()},
                )
                for cell, runs in values.items()
                for seed, value in runs.items()
            ]
        )
    )
    return table


def cells_at(table: Table, key: str) -> list[Cell]:
    index = next((index for index, column in enumerate(table.columns) if column.key == key), None)
    return [] if index is None else [row.cells[index] for row in table.rows]


def test_equal_seeds_of_two_trainings_are_no_pairs(make: Any) -> None:
    """Seeds spread by 1, and the difference is nearly the same in each: two trainings have no seed in common all the same."""
    base, other = cells_at(table_of(make, SPREAD), KEY)
    expected = stats.ttest_ind(list(SPREAD["gru"].values()), list(SPREAD["elman"].values())).confidence_interval()
    assert base.value is None
    assert other.value == pytest.approx(-0.5) and other.n == 6
    assert (other.low, other.high) == pytest.approx((expected.low, expected.high))
    assert other.high is not None and other.high > 0


def test_ways_of_decoding_one_training_are_pairs(make: Any) -> None:
    """The trained weights of a seed are the same in both rows: what the seed does cancels."""
    (_, other) = cells_at(table_of(make, SPREAD, train_id="weights-{}"), KEY)
    expected = stats.ttest_1samp([-0.5, -0.51, -0.49], 0.0).confidence_interval()
    assert (other.low, other.high) == pytest.approx((expected.low, expected.high)) and other.n == 3
    assert other.text == "-0.50 ± 0.02 *"


def test_a_row_of_two_seeds_has_no_difference(make: Any) -> None:
    values = {"elman": {0: 2.0, 1: 3.0, 2: 2.2}, "gru": {0: 1.5, 1: 2.4, 2: 1.6}, "lstm": {1: 1.0, 7: 2.0}}
    assert [cell.value is None for cell in cells_at(table_of(make, values), KEY)] == [True, False, True]


def test_without_a_baseline_or_a_third_seed_there_is_no_column(make: Any) -> None:
    assert not cells_at(table_of(make, SPREAD, {"title": "Cells"}), KEY)
    assert not cells_at(table_of(make, {"elman": {0: 2.0, 1: 3.0}, "gru": {0: 1.5, 1: 2.4}}), KEY)


def test_rows_whose_variances_differ_are_compared_by_welch(make: Any) -> None:
    values = {"elman": {0: 1.0, 1: 5.0, 2: 9.0, 3: 2.0}, "gru": {0: 2.001, 1: 2.002, 2: 2.004, 3: 2.0}}
    table = table_of(make, values)
    expected = stats.ttest_ind(list(values["gru"].values()), list(values["elman"].values()), equal_var=False)
    assert stats.bartlett(*(list(runs.values()) for runs in values.values())).pvalue < 0.05
    assert cells_at(table, "p.test.nats_per_char")[1].value == pytest.approx(expected.pvalue)
    assert any("p: Welch's t, Holm-corrected over 1 row" in line for line in table.caption)


def test_the_caption_says_to_what(make: Any) -> None:
    table = table_of(make, SPREAD)
    assert any(line.startswith("Difference: test nats per char minus that of elman") for line in table.caption)


def test_the_star_follows_the_corrected_p(make: Any) -> None:
    """Just under 5 % alone, and not when another row is asked too."""
    values = {"elman": {0: 2.0, 1: 2.1, 2: 2.2}, "gru": {0: 1.76, 1: 1.86, 2: 1.96}}
    p = stats.ttest_ind(list(values["elman"].values()), list(values["gru"].values())).pvalue
    assert 0.025 < p < 0.05
    assert [cell.text.endswith(" *") for cell in cells_at(table_of(make, values), KEY)] == [False, True]
    two = table_of(make, {**values, "lstm": {0: 2.0, 1: 2.1, 2: 2.2}})
    p_holm, p_raw = (cells_at(two, f"{kind}.test.nats_per_char")[1].value for kind in ("p_holm", "p"))
    assert p_holm == pytest.approx(2 * p_raw)
    assert "p: t with pooled variance, Holm-corrected over 2 rows; * p < 0.05." in " ".join(two.caption)
