"""The input of the figure of forecasts, from the samples that a run left beside its record."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tables import metric_columns
from bench.tables.comparison import Comparison
from bench.tables.tuning import Metric

if TYPE_CHECKING:
    from bench.figures.forecast import ForecastSample

COLUMNS = ["step", "series", "truth", "forecast", "naive"]
"""What samples have that are forecasts."""


def best_forecast(comparison: Comparison, metric: Metric, samples: Path) -> ForecastSample | None:
    """The first series as the first run of the best row forecast it; None where that run left no forecasts in `samples`."""
    from bench.figures.forecast import ForecastSample

    scored = [(value.centre, row) for row in comparison.rows if (value := metric_columns.interval(row, metric)) is not None]
    if not scored:
        return None
    best = (max if metric.better == "higher" else min)(scored, key=lambda pair: pair[0])[1]
    path = samples / f"{best.ok[0].run_id}.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        lines = list(reader)
    if reader.fieldnames != COLUMNS or not lines:
        return None
    first_series = [line for line in lines if line["series"] == lines[0]["series"]]
    truth, forecast = ([float(line[name]) for line in first_series] for name in ("truth", "forecast"))
    return ForecastSample(
        comparison.name_of(best), first_series[0]["series"], [int(line["step"]) for line in first_series], truth, forecast
    )
