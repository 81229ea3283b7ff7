"""Differences to the baseline row, paired by seed."""

from typing import Any

import pytest

from bench.tables.comparison import comparisons_of
from bench.tables.sweep_table import tables
from bench.tables.table import Cell, Table

BASELINE = {"title": "Cells", "baseline": {"cell.name": "elman"}}
KEY = "difference.test.nats_per_char"


def table_of(make: Any, values: dict[str, dict[int, float]], report: Any = BASELINE) -> Table:
    """`values`: cell -> seed -> test value."""
    (table,) = tables(
        comparisons_of(
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
    assert any(line.startswith("Difference: test nats per char minus that of elman") for line in table.caption)


def cells_at(table: Table, key: str) -> list[Cell]:
    place = next(index for index, column in enumerate(table.columns) if column.key == key)
    return [row.cells[place] for row in table.rows]


def apart(seeds: int, **levels: float) -> dict[str, dict[int, float]]:
    """Cell -> seed -> value; the noise of a cell alternates in sign so that it is in no other cell's step."""
    return {
        cell: {seed: level + 0.01 * (seed % (number + 2)) for seed in range(seeds)}
        for number, (cell, level) in enumerate(levels.items())
    }


def test_five_seeds_say_that_no_p_under_5_percent_can_come_out(make: Any) -> None:
    table = table_of(make, apart(5, elman=2.0, gru=1.5, lstm=1.4))
    assert "p" not in [column.name for column in table.shown().columns]
    assert [cell.value for cell in cells_at(table, "p.test.nats_per_char")] == [None, 0.0625, 0.0625]
    assert [cell.value for cell in cells_at(table, "p_holm.test.nats_per_char")] == [None, 0.125, 0.125]
    told = next(line for line in table.caption if line.startswith("No p-values are shown"))
    assert "over 5 pairs of seeds cannot reach p < 0.05 (minimum 0.0625, 0.125 after Holm correction over 2 rows)." in told
    assert not any("*" in cell.text for cell in column(table) or [])


def test_six_seeds_suffice_for_one_row_and_not_for_two(make: Any) -> None:
    """The star follows the corrected p-value: 2/64 is under 0.05, twice that is not."""
    one = table_of(make, apart(6, elman=2.0, gru=1.5))
    two = table_of(make, apart(6, elman=2.0, gru=1.5, lstm=1.4))
    assert [cell.text.endswith(" *") for cell in column(one) or []] == [False, True]
    assert [cell.text for cell in cells_at(one.shown(), "p_holm.test.nats_per_char")][1] == "0.031"
    assert "p: exact randomisation test over 6 pairs of seeds, Holm-corrected over 1 row; * p < 0.05." in one.caption
    assert not any(cell.text.endswith("*") for cell in column(two) or [])
    assert any(line.startswith("No p-values are shown") for line in two.caption)


def test_a_row_that_does_not_differ_has_no_star_beside_one_that_does(make: Any) -> None:
    levels = apart(8, elman=2.0, gru=1.5)
    levels["lstm"] = {seed: 2.0 + (0.1 if seed % 2 else -0.1) for seed in range(8)}
    table = table_of(make, levels)
    gru, lstm = (column(table) or [])[1:]
    assert gru.text.endswith(" *") and not lstm.text.endswith("*")
    p_gru, p_lstm = (float(str(cell.value)) for cell in cells_at(table, "p_holm.test.nats_per_char")[1:])
    assert p_gru == 2 * 2 / 2**8 and p_lstm > 0.5
