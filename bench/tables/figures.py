"""From comparisons to the figures' plain input: which lines, points and names they draw. The drawing is in `bench.figures`.

Rows of one cell share a colour and a marker in all figures of the suite (`bench.tables.looks`); the other labels change
line and filling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import exp, log
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.records.record import Record
from bench.stats.intervals import median_interval
from bench.tables import config_keys, many_seeds, metric_columns, pivot, speed_columns
from bench.tables.comparison import Comparison, apart
from bench.tables.forecast_samples import best_forecast
from bench.tables.length_curves import distances
from bench.tables.looks import identities
from bench.tables.tuning import VALIDATION, Metric, metrics_of, value_of

if TYPE_CHECKING:
    from bench.figures import flow, step_cost
    from bench.figures.curves import Line
    from bench.figures.drawings import Drawings
    from bench.figures.style import Axis
    from bench.figures.tradeoff import Point

WHEN = {"start": "before training", "trained": "after training"}
COSTS = {"seconds": "seconds per training step", "memory": "peak memory of a training step, MiB"}
COST_KEYS = ("step_cost", "cost")
"""Where a record has its costs: by the probe's name today, or by its name when the record was made."""
NAIVE = "naive_"
"""Before the name of a metric: what a naive forecast gets."""
TRAINING, DECODING = "train_tokens_per_second", "decode_sentences_per_second"


def draw(comparisons: Sequence[Comparison], folder: Path, *, remember: bool = True) -> list[Path]:
    """Write the figures of every comparison to `folder`, as SVG and PNG; a figure without data is not written.

    Other figures of an earlier call are removed. Several data sets get figures of their own, named after them.
    `remember`: whether a later call need not draw again what is still the same.
    """
    from bench.figures import curves, distance, flow, forecast, heatmap, penalty, seeds, step_cost, tradeoff
    from bench.figures.drawings import Drawings

    kinds = (curves, tradeoff, flow, step_cost, distance, forecast, penalty, seeds)
    drawings = Drawings(folder)
    for comparison, name in zip(comparisons, apart(comparisons), strict=True):
        suffix = "-".join(["", *name.split()])
        several = len({comparison.task for comparison in comparisons}) > 1
        names = [*([comparison.task] if several else []), *([str(comparison.data["name"])] if comparison.data else [])]
        title = f"{comparison.spec.title} ({', '.join(names)})" if names else comparison.spec.title
        for quantity, label in COSTS.items():
            stem = folder / f"{step_cost.NAME}-{quantity}{suffix}"
            drawings.add(partial(step_cost.draw, costs(comparison, quantity), label, title=title, stem=stem))
        on_validation = next(iter(metrics_of(comparison.records, VALIDATION)), None)
        if on_validation is None or comparison.primary is None:
            continue
        if comparison.across:  # rows of different data lie side by side, never in one another's curves
            _add_distance(drawings, comparison, comparison.primary, title=title, stem=folder / f"{distance.NAME}{suffix}")
            continue
        if (sample := best_forecast(comparison, comparison.primary, folder.parent / "samples")) is not None:
            drawings.add(partial(forecast.draw, sample, title=title, stem=folder / f"{forecast.NAME}{suffix}"))
        stem = folder / f"{curves.NAME}{suffix}"
        axis = _axis(on_validation, ratios=_has_naive_error(comparison, on_validation))
        drawings.add(partial(curves.draw, lines(comparison, on_validation), axis, title=title, stem=stem))
        stem = folder / f"{tradeoff.NAME}{suffix}"
        speed = DECODING if speed_columns.one_training(comparison.rows) else TRAINING
        unit = {TRAINING: "training tokens", DECODING: "sentences decoded"}[speed]
        rows_as_points = points(comparison, comparison.primary, speed)
        drawings.add(partial(tradeoff.draw, rows_as_points, _axis(comparison.primary), speed=unit, title=title, stem=stem))
        if (grids_and_sides := pivot.grids(comparison, comparison.primary)) is not None:
            stem = folder / f"{heatmap.GRIDS}{suffix}"
            drawings.add(partial(heatmap.draw_grids, *grids_and_sides, _axis(comparison.primary), title=title, stem=stem))
        stem = folder / f"{penalty.NAME}{suffix}"
        beams = pivot.beams(comparison, comparison.primary)
        drawings.add(partial(penalty.draw, beams, _axis(comparison.primary), title=title, stem=stem))
        stem, many = folder / f"{seeds.NAME}{suffix}", many_seeds.rows_as_points(comparison, comparison.primary)
        drawings.add(partial(seeds.draw, many, _axis(comparison.primary), title=title, stem=stem))
        for when in ("start", "trained"):
            stem = folder / f"{flow.NAME}-{when}{suffix}"
            drawings.add(partial(flow.draw, flows(comparison, when), title=f"{title}, {WHEN[when]}", stem=stem))
    drawings.close([*(module.NAME for module in kinds), heatmap.GRIDS], remember=remember)
    return drawings.paths


def lines(comparison: Comparison, metric: Metric) -> list[Line]:
    """One line a row that has curves: its seeds' values of the primary validation metric, by tokens read."""
    from bench.figures.curves import Line

    result = []
    for row, identity in zip(comparison.rows, identities(comparison), strict=True):
        runs = [run for record in row.ok if (run := _run(record))]
        if runs:
            result.append(Line(comparison.name_of(row), identity, tuple(runs)))
    return result


def flows(comparison: Comparison, when: str) -> list[flow.Line]:
    """One line a row that was asked for its gradient flow: the norm at each lag, the geometric mean over seeds."""
    from bench.figures.flow import Line

    result = []
    for row, identity in zip(comparison.rows, identities(comparison), strict=True):
        runs = [record.train["gradient_flow"][when] for record in row.ok if "gradient_flow" in record.train]
        if runs:
            result.append(Line(comparison.name_of(row), identity, tuple(map(_geometric_mean, zip(*runs, strict=True)))))
    return result


def costs(comparison: Comparison, quantity: str) -> list[step_cost.Line]:
    """One line a row whose cost was measured: `seconds` or `memory` (MiB) by tokens in a window, medians of the samples."""
    from bench.figures.step_cost import Line

    result = []
    for row, identity in zip(comparison.rows, identities(comparison), strict=True):
        measurements = [record.train[key] for record in row.ok for key in COST_KEYS if quantity in record.train.get(key, {})]
        if measurements:
            values = [
                _geometric_mean(list(map(median, samples)))
                for samples in zip(*(measurement[quantity] for measurement in measurements), strict=True)
            ]
            result.append(Line(comparison.name_of(row), identity, measurements[0]["tokens"], values))
    return result


def _add_distance(drawings: Drawings, comparison: Comparison, metric: Metric, *, title: str, stem: Path) -> None:
    from bench.figures import distance
    from bench.figures.style import Axis

    by_length = distances(comparison, metric)
    if by_length is None:
        return
    key, axis = comparison.across[0], _axis(metric)
    if by_length.removed:
        axis = Axis(f"1 - {axis.label} / guess, %", "higher")
    label = config_keys.headings([key])[key]
    drawings.add(partial(distance.draw, by_length.lines, by_length.guess, axis, label=label, title=title, stem=stem))


def _geometric_mean(values: Sequence[float]) -> float:
    return exp(sum(map(log, values)) / len(values)) if min(values) > 0 else 0.0


def points(comparison: Comparison, metric: Metric, speed: str) -> list[Point]:
    """One point a row that has both the metric and the speed."""
    from bench.figures.tradeoff import Point

    samples = speed_columns.samples_of(comparison.rows, speed)
    result = []
    values = metric_columns.intervals(comparison.rows, metric)
    for row, value, sample, identity in zip(comparison.rows, values, samples, identities(comparison), strict=True):
        if sample is not None and value is not None:
            result.append(Point(comparison.name_of(row), identity, median_interval(sample[1]), value))
    return result


def _run(record: Record) -> list[tuple[float, float]]:
    """(tokens, value) at each validation of one run, in order; values that were not finite are left out."""
    curve = record.train.get("curve", {})
    if not curve or not curve["validation"]:
        return []
    tokens = curve["validation_tokens"] if "validation_tokens" in curve else _tokens_at(curve)
    return [(float(x), float(y)) for x, y in zip(tokens, curve["validation"], strict=True) if y is not None]


def _tokens_at(curve: dict[str, list[float]]) -> list[float]:
    """Tokens read at the validation steps: those of the logged steps, interpolated, since each step reads as many."""
    if not curve["step"]:
        return curve["validation_step"]
    steps, tokens = [0.0, *curve["step"]], [0.0, *curve["tokens"]]
    tokens_read = []
    for step in curve["validation_step"]:
        right = min(max(1, sum(measured < step for measured in steps)), len(steps) - 1)
        slope = (tokens[right] - tokens[right - 1]) / (steps[right] - steps[right - 1])
        tokens_read.append(tokens[right - 1] + slope * (step - steps[right - 1]))
    return tokens_read


def _has_naive_error(comparison: Comparison, metric: Metric) -> bool:
    """Whether it is an error in the unit of a series, which is read beside that of a naive forecast: by its factor."""
    naive = replace(metric, name=f"{NAIVE}{metric.name}")
    return any(value_of(record, naive) is not None for row in comparison.rows for record in row.ok)


def _axis(metric: Metric, *, ratios: bool = False) -> Axis:
    from bench.figures.style import Axis

    name = f"{metric.split} {metric.name.replace('_', ' ')}"
    unit_in_name = not metric.unit or metric.unit.split("/")[0] in name  # nats per char, nats/character: once is enough
    return Axis(name if unit_in_name else f"{name}, {metric.unit}", metric.better, ratios)
