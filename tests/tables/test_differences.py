"""Differences to the baseline row, paired by seed."""

from typing import Any

import pytest

from bench.tables.assemble import tables
from bench.tables.draft import drafts
from bench.tables.table import Cell, Table

BASELINE = {"title": "Cells", "baseline": {"cell.name": "elman"}}
KEY = "difference.test.nats_per_char"


def table_of(make: Any, values: dict[str, dict[int, float]], report: Any = BASELINE) -> Table:
    """`values`: cell -> seed -> test value."""
    (table,) = tables(
        drafts(
            [
                make(cell=cell, seed=seed, test=value, report=report)
                for cell, runs in values.items()
                for seed, value in runs.items()
            ]
        )
    )
    return table


def column(table: Table) -> list[Cell] | None:
    places = [index for index, column in enumerate(table.columns) if column.key == KEY]
    return [row.cells[places[0]] for row in table.rows] if places else None


def test_pairs_of_equal_seed_cancel_what_the_seed_does(make: Any) -> None:
    """Seeds spread by 1, and the difference is the same in each: its interval is nearly nothing."""
    table = table_of(make, {"elman": {0: 2.0, 1: 3.0, 2: 4.0}, "gru": {2: 3.51, 0: 1.5, 1: 2.49}})
    base, other = column(table) or []
    assert base.value is None
    assert other.value == pytest.approx(-0.5)
    assert other.n == 3
    assert other.high is not None and other.high < -0.47  # unpaired it would hold zero
    assert other.text == "-0.50 ± 0.02"


def test_a_row_with_one_common_seed_has_no_difference(make: Any) -> None:
    table = table_of(make, {"elman": {0: 2.0, 1: 3.0}, "gru": {0: 1.5, 1: 2.4}, "lstm": {1: 1.0, 7: 2.0}})
    assert [cell.value is None for cell in column(table) or []] == [True, False, True]


def test_without_a_baseline_or_a_second_seed_there_is_no_column(make: Any) -> None:
    assert column(table_of(make, {"elman": {0: 2.0, 1: 3.0}, "gru": {0: 1.5, 1: 2.4}}, {"title": "Cells"})) is None
    assert column(table_of(make, {"elman": {0: 2.0}, "gru": {0: 1.5}})) is None


def test_the_caption_says_to_what(make: Any) -> None:
    table = table_of(make, {"elman": {0: 2.0, 1: 3.0}, "gru": {0: 1.5, 1: 2.4}})
    assert any(line.startswith("Difference: of test nats per char, to elman") for line in table.caption)
