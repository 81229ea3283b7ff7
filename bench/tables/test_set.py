"""The error of the test set itself: how far a row's score moves on other items of the kind, beside how far it moves with seeds.

The items (sentences, rows, texts) are drawn again with replacement, the same draws for all rows, and a row's score on a draw is
the mean over its seeds' outputs; the standard deviation over the draws is the standard error, and m ± 1.96 errors the interval
(`bench.stats.resampling`). Of two rows the draws' differences are taken: paired over items. Seeds say what another training
would give on these items, items what these trainings would give on others. The wider of the two intervals is drawn, and of two
rows the larger p counts. A row with too few seeds for an interval gets none from its items, for it would say nothing of seeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.stats import resampling
from bench.stats.intervals import CONFIDENCE, Interval, t_quantile
from bench.stats.significance import Tested, p_of_t
from bench.tables import outputs
from bench.tables.tuning import Measured, Metric, metrics_of

BOOTSTRAP = "paired bootstrap over test items"


def with_draws(rows: Sequence[Measured], folder: Path, split: str) -> tuple[Measured, ...]:
    """The rows with their scores on each draw, of those metrics for which the outputs of all of their runs are kept."""
    metrics = metrics_of([record for row in rows for record in row.ok], split)
    return tuple(replace(row, draws=_draws(row, folder, metrics)) for row in rows)


def _draws(row: Measured, folder: Path, metrics: Sequence[Metric]) -> dict[str, Sequence[float]]:
    import numpy as np

    sums_by_metric = {}
    for metric in metrics:
        runs = [outputs.read(folder, record, metric=metric) for record in row.ok]
        sums = [run for run in runs if run is not None]
        if sums and len(sums) == len(runs):
            sums_by_metric[metric.key] = sums
    flat = [(run.sums_SK, run.score) for runs in sums_by_metric.values() for run in runs]
    scores = iter(resampling.scores(flat) if flat else [])
    return {key: np.mean([next(scores) for _ in runs], axis=0) for key, runs in sums_by_metric.items()}


def error(row: Measured, metric: Metric) -> float | None:
    """The standard error of the row's score that its items leave; None where outputs are not kept."""
    return _deviation(row.draws[metric.key]) if metric.key in row.draws else None


def half_width(error: float) -> float:
    """Of the 95 % interval."""
    return t_quantile((1 + CONFIDENCE) / 2, math.inf) * error


def wider(over_seeds: Interval, row: Measured, metric: Metric) -> Interval:
    """The interval over seeds, or that over items where it is wider."""
    of_items = error(row, metric)
    if over_seeds.half_width is None or of_items is None or half_width(of_items) <= over_seeds.half_width:
        return over_seeds
    return _around(over_seeds, half_width(of_items))


def wider_test(over_seeds: Tested, ours: Measured, theirs: Measured, *, metric: Metric) -> Tested:
    """The test over seeds, or that over items where its interval is wider; its p is the larger one of both."""
    if metric.key not in ours.draws or metric.key not in theirs.draws:
        return over_seeds
    gaps = [
        our_draw - their_draw for our_draw, their_draw in zip(ours.draws[metric.key], theirs.draws[metric.key], strict=True)
    ]
    of_items, centre = _deviation(gaps), over_seeds.difference.centre
    p = max(over_seeds.p, p_of_t(centre, of_items, math.inf))
    if half_width(of_items) <= (over_seeds.difference.half_width or 0.0):
        return replace(over_seeds, p=p)
    return Tested(_around(over_seeds.difference, half_width(of_items)), p, BOOTSTRAP, of_items, math.inf)


def _around(interval: Interval, half: float) -> Interval:
    return replace(interval, low=interval.centre - half, high=interval.centre + half)


def _deviation(draws: Sequence[float]) -> float:
    import numpy as np

    return float(np.std(draws, ddof=1))
