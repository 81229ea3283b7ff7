"""A row that does not beat the naive forecast is marked, and the caption says what the mark means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.tables.comparison import comparisons_of
from bench.tables.forecast_samples import best_forecast
from bench.tables.latex import render
from bench.tables.skill import MARK
from bench.tables.sweep_table import table
from bench.tables.tuning import Metric

MAE = Metric("test", "mae", "", "lower")


def forecasts(make: Any, cell: str, mae: float, skill: float, seed: int = 0) -> Any:
    def entry(value: float, better: str) -> dict[str, Any]:
        return {"value": value, "unit": "", "better": better, "count": 100, "signature": None}

    metrics = {"mae": entry(mae, "lower"), "skill": entry(skill, "higher")}
    return make(cell=cell, seed=seed, metrics={"validation": metrics, "test": metrics})


@pytest.mark.parametrize(("skill", "marked"), [(5.0, False), (0.0, True), (-3.0, True)])
def test_no_skill_is_marked(make: Any, skill: float, marked: bool) -> None:
    (comparison,) = comparisons_of([forecasts(make, "gru", 1.0, skill), forecasts(make, "lstm", 0.9, 10.0)])
    forecast_table = table(comparison)
    position = [column.key for column in forecast_table.columns].index("test.skill")
    gru, lstm = (row.cells[position] for row in forecast_table.rows)
    assert gru.text.endswith(MARK) == marked and not lstm.text.endswith(MARK)
    assert gru.value == skill
    assert any(f" {MARK} Not better" in sentence for sentence in forecast_table.caption) == marked
    assert (r"\textdagger{}" in render([forecast_table])) == marked


def test_a_skill_that_tells_nothing_is_no_figure(make: Any) -> None:
    (comparison,) = comparisons_of([forecasts(make, "gru", 88.0, -2_211_991.0), forecasts(make, "lstm", 0.9, -100.0)])
    forecast_table = table(comparison)
    position = [column.key for column in forecast_table.columns].index("test.skill")
    gru, lstm = (row.cells[position] for row in forecast_table.rows)
    assert gru.text == f"below -100 {MARK}" and gru.value == -2_211_991.0 and lstm.text.startswith("-100")
    assert any(
        "is not printed as a figure" in sentence and "task.difference=true" in sentence for sentence in forecast_table.caption
    )


def test_the_mean_over_seeds_is_what_counts(make: Any) -> None:
    (comparison,) = comparisons_of([forecasts(make, "gru", 1.0, value, seed) for seed, value in enumerate((-4.0, 1.0, 6.0))])
    assert not any(MARK in sentence for sentence in table(comparison).caption)


def test_the_forecast_is_that_of_the_best_row(make: Any, tmp_path: Path) -> None:
    records = [forecasts(make, "gru", 1.0, 5.0), forecasts(make, "lstm", 0.5, 50.0)]
    (comparison,) = comparisons_of(records)
    assert best_forecast(comparison, MAE, tmp_path) is None
    head = "step,series,truth,forecast,naive\n"
    (tmp_path / f"{records[0].run_id}.csv").write_text(head + "7,a,1.0,2.0,3.0\n")
    assert best_forecast(comparison, MAE, tmp_path) is None
    rows = "7,a,1.0,2.0,3.0\n7,b,9.0,9.0,9.0\n8,a,1.5,2.5,3.5\n"
    (tmp_path / f"{records[1].run_id}.csv").write_text(head + rows)
    forecast = best_forecast(comparison, MAE, tmp_path)
    assert forecast is not None
    assert (forecast.row, forecast.series, forecast.steps, forecast.truth, forecast.forecast) == (
        "lstm",
        "a",
        [7, 8],
        [1.0, 1.5],
        [2.0, 2.5],
    )
    (tmp_path / f"{records[1].run_id}.csv").write_text("a,b\n1,2\n")
    assert best_forecast(comparison, MAE, tmp_path) is None
