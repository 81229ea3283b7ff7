"""Speed columns: paired ratios within one pass, nothing across passes."""

from __future__ import annotations

from typing import Any

import pytest

from bench.tables.comparison import comparisons_of
from bench.tables.sweep_table import tables
from bench.tables.table import Table

KEY, RATIO = "speed.train_tokens_per_second", "ratio.train_tokens_per_second"
BASELINE = {"baseline": {"cell.name": "elman"}}


def entry(samples: list[float], identity: str = "p1") -> dict[str, Any]:
    return {
        "train_tokens_per_second": {"samples": samples, "median": 0.0, "unit": "tokens/s", "pass": identity},
    }


def table_of(make: Any, speeds: dict[str, dict[str, Any]], report: Any = BASELINE) -> Table:
    (table,) = tables(comparisons_of([make(cell=cell, speed=speed, report=report) for cell, speed in speeds.items()]))
    return table


def column(table: Table, key: str) -> list[Any]:
    return [row.cells[[column.key for column in table.columns].index(key)] for row in table.rows]


def has(table: Table, key: str) -> bool:
    return key in [column.key for column in table.columns]


def test_the_ratio_is_the_median_of_ratios_not_the_ratio_of_medians(make: Any) -> None:
    base, faster = [100.0, 200.0, 400.0], [150.0, 200.0, 1000.0]  # ratios 1.5, 1.0, 2.5; medians 200 and 200
    table = table_of(make, {"elman": entry(base), "lstm": entry(faster)})
    assert [cell.value for cell in column(table, RATIO)] == [1.0, 1.5]
    assert (column(table, RATIO)[1].low, column(table, RATIO)[1].high) == (1.0, 2.5)
    assert column(table, RATIO)[0].text == "1"
    assert [cell.value for cell in column(table, KEY)] == [200.0, 200.0]


def test_a_row_of_another_pass_has_a_median_and_no_ratio(make: Any) -> None:
    ours, theirs = make.speed(100.0), make.speed(50.0, identity="2025-12-24T00:00:00+00:00")
    table = table_of(make, {"elman": ours, "gru": ours, "lstm": theirs})
    assert column(table, RATIO)[2].value is None and column(table, KEY)[2].value == pytest.approx(52, abs=3)
    assert any("not measured in the same pass as elman: lstm" in sentence for sentence in table.provenance)


def test_without_a_common_pass_there_is_no_ratio_column(make: Any) -> None:
    table = table_of(make, {"elman": make.speed(100.0, identity="a"), "lstm": make.speed(50.0, identity="b")})
    assert not has(table, RATIO)
    assert any("not measured in the same pass as elman: lstm" in sentence for sentence in table.provenance)


def test_without_a_baseline_there_is_no_ratio_column(make: Any) -> None:
    speeds = {"elman": make.speed(100.0), "lstm": make.speed(50.0)}
    assert not has(table_of(make, speeds, {}), RATIO)
    lost = table_of(make, speeds, {"baseline": {"cell.name": "gru"}})
    assert not has(lost, RATIO)
    assert any("baseline (cell.name gru) does not match exactly one row" in sentence for sentence in lost.provenance)


def test_overlapping_speeds_are_not_ranked(make: Any) -> None:
    near = table_of(make, {"elman": entry([100.0, 100.0, 100.0]), "lstm": entry([99.0, 101.0, 102.0])})
    assert not any(cell.best for cell in column(near, KEY) + column(near, RATIO))
    far = table_of(make, {"elman": entry([100.0, 100.0, 100.0]), "lstm": entry([109.0, 111.0, 112.0])})
    assert [cell.best for cell in column(far, KEY)] == [False, True]


def test_a_drifting_machine_does_not_blur_the_ratio(make: Any) -> None:
    drift = [100.0 * 1.1**index for index in range(9)]
    table = table_of(make, {"elman": entry(drift), "lstm": entry([1.05 * value for value in drift])})
    assert column(table, RATIO)[1].low == pytest.approx(1.05) and column(table, RATIO)[1].best
    assert column(table, KEY)[0].high > column(table, KEY)[1].low  # the medians' own intervals overlap


def test_few_samples_are_called_a_range(make: Any) -> None:
    few = table_of(make, {"elman": entry([1.0] * 5), "lstm": entry([2.0] * 5)})
    assert any("range (too few samples for 95 %)" in sentence for sentence in few.provenance)
    enough = table_of(make, {"elman": entry([1.0] * 6), "lstm": entry([2.0] * 6)})
    assert any("95 % order-statistic interval" in sentence for sentence in enough.provenance)


def test_memory_is_in_mebibytes_and_may_be_absent(make: Any) -> None:
    with_memory = {**make.speed(100.0), "peak_memory_bytes": {"samples": [2.5 * 2**20], "median": 0, "unit": "", "pass": ""}}
    table = table_of(make, {"elman": with_memory, "lstm": entry([1.0])})
    assert [cell.text for cell in column(table, "speed.peak_memory_bytes")] == ["2.50", "–"]  # noqa: RUF001
    assert not has(table_of(make, {"elman": entry([1.0])}), "speed.peak_memory_bytes")


def test_rows_of_one_training_leave_its_speed_to_the_csv(make: Any) -> None:
    records = [make(cell=cell, speed=entry([100.0, 101.0]), train_id="same") for cell in ("elman", "lstm")]
    shown = {column.key: column.detail for column in tables(comparisons_of(records))[0].columns}
    assert shown[KEY]
    apart = [make(cell=cell, speed=entry([100.0, 101.0])) for cell in ("elman", "lstm")]
    assert not {column.key: column.detail for column in tables(comparisons_of(apart))[0].columns}[KEY]


def test_unmeasured_sweeps_have_no_speed_columns(make: Any) -> None:
    table = table_of(make, {"elman": {}, "lstm": {}})
    assert not any(column.key.startswith(("speed.", "ratio.")) for column in table.columns)
    assert not any("Speed" in sentence for sentence in table.provenance)
