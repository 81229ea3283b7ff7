"""The trade-off: what a row reaches (primary metric) against what it costs (the speed of training, or of decoding).

Speed is the median of the speed pass with its order-statistic interval, the metric is the mean over seeds with its 95 %
t-interval. The points carry their names; where these have no room, a legend does. A dashed line joins the Pareto front: the
rows than which no other is both faster and better, by their centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import labels
from bench.figures.style import INK, SETTINGS, Axis, Hover, Identity, canvas, legend, number, thousands, write
from bench.stats.intervals import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

NAME = "tradeoff"
MARKER_PIXELS = 6
BAR_PIXELS = 2


@dataclass(frozen=True)
class Point:
    """A row: its speed, and its metric."""

    name: str
    identity: Identity
    speed: Interval
    metric: Interval


def draw(points: Sequence[Point], axis: Axis, *, speed: str, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing for fewer than two points.

    `speed` names the unit that is counted per second.
    """
    if len(points) < 2:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        for point in points:
            _draw_point(axes, point)
        best = front(points, axis.better)
        if len(best) > 1:
            axes.plot(
                [point.speed.centre for point in best],
                [point.metric.centre for point in best],
                color=INK,
                linestyle=(0, (4, 3)),
                linewidth=1.0,
                drawstyle="steps-pre",
                zorder=1,
            )
        front_label = "; dashed: Pareto front" if len(best) > 1 else ""
        axes.set_xlabel(f"{speed} per second (higher is better){front_label}", loc="left")  # a legend leaves it little room
        axes.set_ylabel(axis.text)
        axes.set_xscale("log")
        _ticks(axes)
        axes.margins(0.12)
        _name(axes, points, figure=figure)
        hovers = [
            Hover(
                axes,
                point.speed.centre,
                point.metric.centre,
                f"{point.name}: {axis.label} {number(point.metric)}, {point.speed.centre:,.0f} {speed} per second",
            )
            for point in points
        ]
        return write(figure, stem, hovers)


def front(points: Sequence[Point], better: str) -> list[Point]:
    """The points that no other one equals or beats in both, by rising speed; none where neither way is better."""
    if better not in ("lower", "higher"):
        return []
    sign = 1 if better == "higher" else -1
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (point.speed.centre, sign * point.metric.centre), reverse=True):
        if not best or sign * point.metric.centre > sign * best[-1].metric.centre:
            best.append(point)
    return best[::-1]


def _draw_point(axes: Axes, point: Point) -> None:
    look = point.identity
    axes.errorbar(
        point.speed.centre,
        point.metric.centre,
        xerr=_reach(point.speed),
        yerr=_reach(point.metric),
        color=look.colour,
        marker=look.lone_marker,
        markersize=8,
        fillstyle=look.half,
        markerfacecoloralt="white",
        linestyle="none",
        elinewidth=1.1,
        capsize=3,
        label=point.name,
    )


def _name(axes: Axes, points: Sequence[Point], *, figure: Figure) -> None:
    figure.draw_without_rendering()  # lays out the axes, which the places of the names depend on
    occupied = [box for point in points for box in _boxes(axes, point)]
    names = [(point.name, point.speed.centre, point.metric.centre) for point in points]
    if not labels.place(axes, names, occupied=occupied):
        legend(axes, handlelength=1.2)


def _boxes(axes: Axes, point: Point) -> list[Bbox]:
    """What a point covers, in pixels: its marker and its two bars."""
    from matplotlib.transforms import Bbox

    x, y = point.speed, point.metric
    bounds = [
        (x.centre, y.centre, x.centre, y.centre, MARKER_PIXELS),
        (x.centre if x.low is None else x.low, y.centre, x.centre if x.high is None else x.high, y.centre, BAR_PIXELS),
        (x.centre, y.centre if y.low is None else y.low, x.centre, y.centre if y.high is None else y.high, BAR_PIXELS),
    ]
    boxes = []
    for left, bottom, right, top, pad in bounds:
        (x0, y0), (x1, y1) = axes.transData.transform([(left, bottom), (right, top)])
        boxes.append(Bbox.from_extents(x0 - pad, y0 - pad, x1 + pad, y1 + pad))
    return boxes


def _reach(value: Interval) -> list[list[float]] | None:
    """How far the interval goes below and above its centre, as matplotlib wants it."""
    if value.low is None or value.high is None:
        return None
    return [[value.centre - value.low], [value.high - value.centre]]


def _ticks(axes: Axes) -> None:
    """Plain numbers at a few places of a decade: speeds that lie close together would have no tick."""
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(thousands)
