"""What the figure of forecasts is given, out of the samples that a run left beside its record."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tables import metric_columns
from bench.tables.comparison import Draft
from bench.tables.tuning import Metric

if TYPE_CHECKING:
    from bench.figures.forecast import Course

COLUMNS = ["step", "series", "truth", "forecast", "naive"]
"""What samples have that are forecasts."""


def course(draft: Draft, metric: Metric, samples: Path) -> Course | None:
    """The first series as the first run of the best row forecast it; None where that run left no forecasts in `samples`."""
    from bench.figures.forecast import Course

    known = [(value.centre, row) for row in draft.rows if (value := metric_columns.interval(row, metric)) is not None]
    if not known:
        return None
    best = (max if metric.better == "higher" else min)(known, key=lambda pair: pair[0])[1]
    path = samples / f"{best.ok[0].run_id}.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        lines = list(reader)
    if reader.fieldnames != COLUMNS or not lines:
        return None
    own = [line for line in lines if line["series"] == lines[0]["series"]]
    truth, forecast = ([float(line[name]) for line in own] for name in ("truth", "forecast"))
    return Course(draft.name_of(best), own[0]["series"], [int(line["step"]) for line in own], truth, forecast)
