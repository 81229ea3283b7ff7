"""Forecasts beside the truth: what one row predicted for the steps of a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures.style import COLOURS, INK, SETTINGS, canvas, legend, write

NAME = "forecast"


@dataclass(frozen=True)
class ForecastSample:
    """One series over its steps: the truth, and what the row called `row` predicted."""

    row: str
    series: str
    steps: Sequence[int]
    truth: Sequence[float]
    forecast: Sequence[float]


def draw(sample: ForecastSample, *, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where there are not two steps."""
    if len(sample.steps) < 2:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        axes.plot(sample.steps, sample.truth, color=INK, linewidth=1.2, label="truth")
        axes.plot(sample.steps, sample.forecast, color=COLOURS[1], linewidth=1.2, label=sample.row)
        axes.set_xlabel("step")
        axes.set_ylabel(sample.series)
        legend(axes, handlelength=2.0)
        return write(figure, stem)
