"""Learning curves: the primary validation metric against the tokens read in training.

One line a row: the mean over its seeds with the 95 % t-interval as a band, over the validations that all its seeds
reached; what a seed ran beyond that is drawn thin. Values far above the worst end of a line (the first validations)
leave the picture, so that the ends can be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures.style import SETTINGS, Axis, Hover, Identity, canvas, legend, number, thousands, write
from bench.stats.intervals import Interval, t_intervals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "curves"
HEADROOM = 1.0
"""How far the picture reaches beyond the worst end, in spreads between the best value and the worst end."""


@dataclass(frozen=True)
class Line:
    """A row: for each seed its (tokens, value) pairs, in order."""

    name: str
    identity: Identity
    runs: tuple[Sequence[tuple[float, float]], ...]

    @property
    def end(self) -> float:
        """The mean of the last values: lines are named in the order of their ends."""
        return sum(run[-1][1] for run in self.runs) / len(self.runs)


def draw(lines: Sequence[Line], axis: Axis, *, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where no line has two points."""
    lines = [line for line in lines if any(len(run) > 1 for run in line.runs)]
    if not lines:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        hovers: list[Hover] = []
        for line in sorted(lines, key=lambda line: line.end, reverse=axis.better != "higher"):
            hovers += _draw_line(axes, line)
        if axis.ratios and all(value > 0 for line in lines for run in line.runs for _, value in run):
            _ratios(axes, lines, axis.better)
        else:
            axes.set_ylim(*limits(lines, axis.better))
        axes.set_xlim(left=0)
        axes.set_xlabel("training tokens")
        axes.set_ylabel(axis.text)
        axes.xaxis.set_major_formatter(thousands)
        legend(axes, handlelength=3.2, best_last=True)
        return write(figure, stem, hovers)


def mean_curve(runs: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, Interval]]:
    """(tokens, interval over seeds) at the validations that all runs reached."""
    values = [dict(run) for run in runs]
    shared = sorted(set.intersection(*map(set, values)))
    return list(zip(shared, t_intervals([[value[tokens] for tokens in shared] for value in values]), strict=True))


def limits(lines: Sequence[Line], better: str) -> tuple[float, float]:
    """The range of the value axis: from the best value to the worst end, and some way on towards the first values."""
    values = [value for line in lines for run in line.runs for _, value in run]
    ends = [run[-1][1] for line in lines for run in line.runs]
    best, worst, end = (max(values), min(values), min(ends)) if better == "higher" else (min(values), max(values), max(ends))
    spread = abs(end - best) or abs(worst - best) or abs(best) or 1.0
    away = -1 if better == "higher" else 1
    reach = end + away * HEADROOM * spread
    far = max(worst, reach) if better == "higher" else min(worst, reach)
    low, high = sorted((best, far))
    margin = 0.04 * (high - low or abs(best) or 1.0)
    return low - margin, high + margin


def _ratios(axes: Axes, lines: Sequence[Line], better: str) -> None:
    """A logarithmic axis with plain numbers, as many as have room; its range is that of the logarithms."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator, StrMethodFormatter

    logs = [replace(line, runs=tuple([(x, log(y)) for x, y in run] for run in line.runs)) for line in lines]
    low, high = map(exp, limits(logs, better))
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(6) if high < 3 * low else LogLocator(base=10, subs=(1.0, 2.0, 3.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _draw_line(axes: Axes, line: Line) -> list[Hover]:
    """Returns what its markers and its end say."""
    look = line.identity
    mean = mean_curve(line.runs)
    x = [tokens for tokens, _ in mean]
    every = max(1, len(x) // 8)
    axes.plot(
        x,
        [value.centre for _, value in mean],
        color=look.colour,
        linestyle=look.dashes,
        marker=look.marker,
        markerfacecolor=look.filling,
        markevery=(look.family % every, every),
        label=line.name,
    )
    if mean and mean[0][1].low is not None:
        low = [value.low for _, value in mean if value.low is not None]
        high = [value.high for _, value in mean if value.high is not None]
        axes.fill_between(x, low, high, color=look.colour, alpha=0.15, linewidth=0)
    last = x[-1] if x else 0.0
    for run in line.runs:
        tail = [(tokens, value) for tokens, value in run if tokens >= last]
        if len(tail) > 1:
            axes.plot(*zip(*tail, strict=True), color=look.colour, linestyle=look.dashes, linewidth=0.6, alpha=0.7)
    marked = {*range(look.family % every, len(mean), every), len(mean) - 1} if mean else set()
    return [
        Hover(axes, tokens, value.centre, f"{line.name}: {number(value)} at {thousands(tokens, 0)} tokens")
        for tokens, value in (mean[index] for index in sorted(marked))
    ]
