"""From drafts to the figures' plain input: which lines, points and names they draw. The drawing is in `bench.figures`.

Rows of one first label (one cell, say) share a colour and a marker; the other labels change line and filling.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.records.record import Record
from bench.stats.intervals import median_interval
from bench.tables import config_keys, metric_columns, pivot, speed_columns
from bench.tables.comparison import Draft, apart
from bench.tables.forecast_samples import course
from bench.tables.length_curves import distances
from bench.tables.tuning import VALIDATION, Metric, metrics_of

if TYPE_CHECKING:
    from bench.figures import flow, step_cost
    from bench.figures.curves import Line
    from bench.figures.style import Axis, Identity
    from bench.figures.tradeoff import Point

WHEN = {"start": "before training", "trained": "after training"}
COSTS = {"seconds": "seconds a training step", "memory": "peak memory of a training step, MiB"}
TRAINING, DECODING = "train_tokens_per_second", "decode_sentences_per_second"


def draw(drafts: Sequence[Draft], folder: Path) -> list[Path]:
    """Write the figures of every draft to `folder`, as SVG and PNG; a figure without data is not written.

    Figures of an earlier call are removed first. Several data sets get figures of their own, named after them.
    """
    from bench.figures import curves, distance, flow, forecast, heatmap, penalty, step_cost, tradeoff

    kinds = (curves, tradeoff, flow, step_cost, distance, forecast, penalty)
    for name in (*(kind.NAME for kind in kinds), heatmap.GRIDS):
        for old in folder.glob(f"{name}*.*"):
            if old.suffix in (".svg", ".png"):
                old.unlink()
    written: list[Path] = []
    for draft, name in zip(drafts, apart(drafts), strict=True):
        suffix = "-".join(["", *name.split()])
        several = len({draft.task for draft in drafts}) > 1
        told = [*([draft.task] if several else []), *([str(draft.data["name"])] if draft.data else [])]
        title = f"{draft.spec.title} ({', '.join(told)})" if told else draft.spec.title
        for what, label in COSTS.items():
            stem = folder / f"{step_cost.NAME}-{what}{suffix}"
            written += step_cost.draw(costs(draft, what), label, title=title, stem=stem)
        on_validation = next(iter(metrics_of(draft.records, VALIDATION)), None)
        if on_validation is None or draft.primary is None:
            continue
        if draft.across:  # rows of different data lie side by side, never in one another's curves
            written += _distance(draft, draft.primary, title=title, stem=folder / f"{distance.NAME}{suffix}")
            continue
        if (found := course(draft, draft.primary, folder.parent / "samples")) is not None:
            written += forecast.draw(found, title=title, stem=folder / f"{forecast.NAME}{suffix}")
        stem = folder / f"{curves.NAME}{suffix}"
        written += curves.draw(lines(draft, on_validation), _axis(on_validation), title=title, stem=stem)
        stem = folder / f"{tradeoff.NAME}{suffix}"
        speed = DECODING if speed_columns.one_training(draft.rows) else TRAINING
        counted = {TRAINING: "training tokens", DECODING: "sentences decoded"}[speed]
        crowd = points(draft, draft.primary, speed)
        written += tradeoff.draw(crowd, _axis(draft.primary), speed=counted, title=title, stem=stem)
        if (plane := pivot.grids(draft, draft.primary)) is not None:
            stem = folder / f"{heatmap.GRIDS}{suffix}"
            written += heatmap.draw_grids(*plane, _axis(draft.primary), title=title, stem=stem)
        stem = folder / f"{penalty.NAME}{suffix}"
        written += penalty.draw(pivot.beams(draft, draft.primary), _axis(draft.primary), title=title, stem=stem)
        for when in ("start", "trained"):
            stem = folder / f"{flow.NAME}-{when}{suffix}"
            written += flow.draw(flows(draft, when), title=f"{title}, {WHEN[when]}", stem=stem)
    return written


def lines(draft: Draft, metric: Metric) -> list[Line]:
    """One line a row that has curves: its seeds' values of the primary validation metric, by tokens read."""
    from bench.figures.curves import Line

    found = []
    for row, identity in zip(draft.rows, _identities(draft), strict=True):
        runs = [run for record in row.ok if (run := _run(record))]
        if runs:
            found.append(Line(draft.name_of(row), identity, tuple(runs)))
    return found


def flows(draft: Draft, when: str) -> list[flow.Line]:
    """One line a row that was asked for its gradient flow: the norm at each lag, the geometric mean over seeds."""
    from bench.figures.flow import Line

    found = []
    for row, identity in zip(draft.rows, _identities(draft), strict=True):
        runs = [record.train["gradient_flow"][when] for record in row.ok if "gradient_flow" in record.train]
        if runs:
            found.append(Line(draft.name_of(row), identity, tuple(map(_geometric_mean, zip(*runs, strict=True)))))
    return found


def costs(draft: Draft, what: str) -> list[step_cost.Line]:
    """One line a row whose cost was measured: `seconds` or `memory` (MiB) by tokens in a window, medians of the samples."""
    from bench.figures.step_cost import Line

    found = []
    for row, identity in zip(draft.rows, _identities(draft), strict=True):
        asked = [record.train["cost"] for record in row.ok if what in record.train.get("cost", {})]
        if asked:
            values = [_geometric_mean(list(map(median, each))) for each in zip(*(one[what] for one in asked), strict=True)]
            found.append(Line(draft.name_of(row), identity, asked[0]["tokens"], values))
    return found


def _distance(draft: Draft, metric: Metric, *, title: str, stem: Path) -> list[Path]:
    from bench.figures import distance
    from bench.figures.style import Axis

    found = distances(draft, metric)
    if found is None:
        return []
    key, axis = draft.across[0], _axis(metric)
    if found.removed:
        axis = Axis(f"1 - {axis.label} / guess, %", "higher")
    return distance.draw(found.lines, found.guess, axis, label=config_keys.headings([key])[key], title=title, stem=stem)


def _geometric_mean(values: Sequence[float]) -> float:
    return exp(sum(map(log, values)) / len(values)) if min(values) > 0 else 0.0


def points(draft: Draft, metric: Metric, speed: str) -> list[Point]:
    """One point a row that has both the metric and the speed."""
    from bench.figures.tradeoff import Point

    samples = speed_columns.samples_of(draft.rows, speed)
    found = []
    for row, own, identity in zip(draft.rows, samples, _identities(draft), strict=True):
        value = metric_columns.interval(row, metric)
        if own is not None and value is not None:
            found.append(Point(draft.name_of(row), identity, median_interval(own[1]), value))
    return found


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
    found = []
    for step in curve["validation_step"]:
        right = min(max(1, sum(known < step for known in steps)), len(steps) - 1)
        slope = (tokens[right] - tokens[right - 1]) / (steps[right] - steps[right - 1])
        found.append(tokens[right - 1] + slope * (step - steps[right - 1]))
    return found


def _axis(metric: Metric) -> Axis:
    from bench.figures.style import Axis

    name = f"{metric.split} {metric.name.replace('_', ' ')}"
    told = not metric.unit or metric.unit.split("/")[0] in name  # nats per char, nats/character: once is enough
    return Axis(name if told else f"{name}, {metric.unit}", metric.better)


def _identities(draft: Draft) -> list[Identity]:
    from bench.figures.style import Identity

    labels = [row.labels for row in draft.rows]
    families = list(dict.fromkeys(label[0] for label in labels))
    members = list(dict.fromkeys(label[1:] for label in labels))
    return [Identity(families.index(label[0]), members.index(label[1:])) for label in labels]
