"""The trade-off: what a row reaches (primary metric) against what it costs (training speed), with both intervals.

Speed is the median of the speed pass with its order-statistic interval, the metric is the mean over seeds with its 95 %
t-interval. Up to a dozen points carry their names; the legend names them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures.style import SETTINGS, Axis, Identity, canvas, thousands, write
from bench.tables.statistics import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "tradeoff"


@dataclass(frozen=True)
class Point:
    """A row: its speed in training tokens a second, and its metric."""

    name: str
    identity: Identity
    speed: Interval
    metric: Interval


def draw(points: Sequence[Point], axis: Axis, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; one point is no trade-off, and gives nothing."""
    if len(points) < 2:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        for point in points:
            _draw_point(axes, point)
        axes.set_xlabel("training tokens per second, more is better")
        axes.set_ylabel(axis.text)
        axes.set_xscale("log")
        _ticks(axes)
        axes.margins(0.12)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1.2)
        return write(figure, stem)


def _draw_point(axes: Axes, point: Point) -> None:
    look = point.identity
    axes.errorbar(
        point.speed.centre,
        point.metric.centre,
        xerr=_reach(point.speed),
        yerr=_reach(point.metric),
        color=look.colour,
        marker=look.marker,
        markersize=8,
        markerfacecolor=look.filling,
        linestyle="none",
        elinewidth=1.1,
        capsize=3,
        label=point.name,
    )


def _reach(value: Interval) -> list[list[float]] | None:
    """How far the interval goes below and above its centre, as matplotlib wants it."""
    if value.low is None or value.high is None:
        return None
    return [[value.centre - value.low], [value.high - value.centre]]


def _ticks(axes: Axes) -> None:
    """Plain numbers at a few places of the log scale: a decade has no other tick where the speeds lie close together."""
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(thousands)
