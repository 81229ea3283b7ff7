"""Seeds: each run of a row as a point, the rows below one another, and the mean with its interval beside them.

Points of a row are spread upwards in the order of their seeds, which means nothing, so that none hides another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures.style import INK, SETTINGS, Axis, Hover, Identity, canvas, number, short, write
from bench.stats.intervals import Interval

NAME = "seeds"
HEIGHT = 0.5
"""Of a row's band of points, as a share of the distance between rows."""


@dataclass(frozen=True)
class Row:
    """`values`: (seed, metric) of each run; `mean` of them."""

    name: str
    identity: Identity
    values: Sequence[tuple[int, float]]
    mean: Interval


def draw(rows: Sequence[Row], axis: Axis, *, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where there is no row."""
    if not rows:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        hovers: list[Hover] = []
        for below, row in enumerate(rows):
            look = row.identity
            for position, (seed, value) in enumerate(row.values):
                y = below - HEIGHT * (position + 1) / len(row.values)
                axes.plot(
                    [value],
                    [y],
                    linestyle="none",
                    marker=look.marker,
                    color=look.colour,
                    markerfacecolor=look.filling,
                    alpha=0.6,
                )
                hovers.append(Hover(axes, value, y, f"{row.name}, seed {seed}: {value:.5g}"))
            half = row.mean.half_width
            error = None if half is None else [[half], [half]]
            axes.errorbar([row.mean.centre], [below + 0.15], xerr=error, color=INK, marker="|", markersize=11.0, capsize=3)
            hovers.append(Hover(axes, row.mean.centre, below + 0.15, f"{row.name}, mean: {number(row.mean)}"))
        axes.set_yticks(range(len(rows)), [short(row.name) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.8)
        axes.set_xlabel(axis.text)
        return write(figure, stem, hovers)
