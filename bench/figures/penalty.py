"""Length penalty: what a metric gains at each penalty of a beam search over the least one tried, one line a width.

The same trainings are decoded with all of them, so points are means over the seeds' differences with their 95 %
t-intervals, and how much the seeds themselves differ is in none. Each line is shifted a little, so that none hides another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures.style import INK, SETTINGS, Axis, Hover, Identity, canvas, legend, number, write
from bench.stats.intervals import Interval

NAME = "penalty"
APART = 0.006
"""Shift from line to line, as a share of the range of penalties."""


@dataclass(frozen=True)
class Line:
    """A width: (penalty, difference of the metric from that at the first one), by rising penalty."""

    name: str
    identity: Identity
    points: Sequence[tuple[float, Interval]]


def draw(lines: Sequence[Line], axis: Axis, *, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where there is no line."""
    if not lines:
        return []
    import matplotlib

    penalties = [x for line in lines for x, _ in line.points]
    step = APART * (max(penalties) - min(penalties))
    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        axes.axhline(0.0, color=INK, linewidth=1.0)
        hovers: list[Hover] = []
        for position, line in enumerate(lines):
            look, shift = line.identity, step * (position - (len(lines) - 1) / 2)
            hovers += [
                Hover(axes, x + shift, value.centre, f"{line.name}: {number(value)} at {x:g}") for x, value in line.points
            ]
            axes.errorbar(
                [x + shift for x, _ in line.points],
                [value.centre for _, value in line.points],
                yerr=[[value.half_width or 0.0 for _, value in line.points]] * 2,
                color=look.colour,
                linestyle=look.dashes,
                marker=look.marker,
                markerfacecolor=look.filling,
                elinewidth=1.0,
                capsize=2,
                label=line.name,
            )
        axes.set_xlabel("length penalty, alpha")
        axes.set_ylabel(f"{axis.label}: difference from alpha = {min(penalties):g}")
        legend(axes, handlelength=3.2)
        return write(figure, stem, hovers)
