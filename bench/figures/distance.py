"""What is left over a distance: a metric against the length of the sequences.

Of a few rows lines, whose axis of lengths is logarithmic: the mean over seeds, with a band from the lowest to the highest; a
grey line shows what guessing gives. Of more a heat map of row by length, the best first, guessing last: lines would hide one
another where most rows solve a length or none does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from statistics import fmean

from bench.figures import heatmap
from bench.figures.style import SETTINGS, Axis, Hover, Identity, canvas, legend, write

NAME = "distance"
GREY = "#9aa0a8"
MOST_LINES = 6
GUESSING = "guessing"


@dataclass(frozen=True)
class Line:
    """A row: at each length the values of its seeds."""

    name: str
    identity: Identity
    values: Mapping[float, Sequence[float]]

    @property
    def height(self) -> float:
        """Lines are named in the order of their means."""
        return fmean(fmean(values) for values in self.values.values())


def draw(lines: Sequence[Line], guess: Mapping[float, float], axis: Axis, *, label: str, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where no line has two lengths.

    `guess`: its level at each length; empty where there is none. `axis` is the metric's, `label` that of the lengths.
    """
    if not any(len(line.values) > 1 for line in lines):
        return []
    import matplotlib

    lengths = sorted({length for line in lines for length in line.values})
    ordered = sorted(lines, key=lambda line: line.height, reverse=axis.better != "lower")
    if len(lines) > MOST_LINES:
        means = [[fmean(line.values[length]) if length in line.values else nan for length in lengths] for line in ordered]
        levels = [[guess.get(length, nan) for length in lengths]] if guess else []
        names = [line.name for line in ordered] + [GUESSING] * bool(guess)
        sides = heatmap.Sides(names, [f"{length:g}" for length in lengths], "", label)
        return heatmap.draw_grids([heatmap.Grid("", [*means, *levels])], sides, axis, title=title, stem=stem)
    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        hovers: list[Hover] = []
        for line in ordered:
            look, own_lengths = line.identity, sorted(line.values)
            axes.plot(
                own_lengths,
                [fmean(line.values[length]) for length in own_lengths],
                color=look.colour,
                linestyle=look.dashes,
                marker=look.marker,
                markerfacecolor=look.filling,
                label=line.name,
            )
            low, high = ([of(line.values[length]) for length in own_lengths] for of in (min, max))
            hovers += [
                Hover(axes, length, mean, f"{line.name}: {mean:.4g} at {label} {length:g}, {len(line.values[length])} runs")
                for length in own_lengths
                for mean in [fmean(line.values[length])]
            ]
            axes.fill_between(own_lengths, low, high, color=look.colour, alpha=0.15, linewidth=0)
        if guess:
            axes.plot(*zip(*sorted(guess.items()), strict=True), color=GREY, linewidth=1.2, linestyle=":", label=GUESSING)
        axes.set_xscale("log")
        axes.set_xticks(lengths, [f"{length:g}" for length in lengths])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(label)
        axes.set_ylabel(axis.text)
        legend(axes, handlelength=3.2)
        return write(figure, stem, hovers)
