"""A matrix as a picture: attention weights, transition scores, confusions. Darker is more; the scale stands beside it.

`draw_grids` shows a metric over two settings, depth and size say: matrices of one scale side by side, with their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from bench.figures.style import INK, SETTINGS, SIZE_INCHES, Axis, canvas, panels, write

GRIDS = "depth_size"
CELL_INCHES = 0.34
MARGIN_INCHES = 2.2
LONGEST_INCHES = 14.0
MANY = 7
"""Rows from which on they stand closer."""


def draw(
    values: Sequence[Sequence[float]], *, rows: Sequence[str], columns: Sequence[str], title: str, stem: Path
) -> list[Path]:
    """Write `stem`.svg and `stem`.png; `values[row][column]`. Raises ValueError where labels and values do not match."""
    import matplotlib

    if len(values) != len(rows) or any(len(row) != len(columns) for row in values):
        raise ValueError(f"{len(values)} rows of values have {len(rows)} row labels and {len(columns)} column labels.")
    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        width, height = (min(MARGIN_INCHES + CELL_INCHES * len(side), LONGEST_INCHES) for side in (columns, rows))
        figure.set_size_inches(width, height)
        low = min((value for row in values for value in row), default=0.0)
        image = axes.imshow(values, cmap="Greys" if low >= 0 else "PuOr", aspect="auto", interpolation="nearest")
        axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), rows)
        axes.grid(False)
        figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
        return write(figure, stem)


@dataclass(frozen=True)
class Grid:
    """`values[row][column]`; nan where nothing was measured."""

    name: str
    values: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Sides:
    """The names of rows and columns, and what they are."""

    rows: Sequence[str]
    columns: Sequence[str]
    down: str
    across: str


def draw_grids(grids: Sequence[Grid], sides: Sides, axis: Axis, *, title: str, stem: Path) -> list[Path]:
    """Write `stem`.svg and `stem`.png; nothing where there is no grid. Darker is better."""
    if not grids:
        return []
    import matplotlib

    finite = [value for grid in grids for row in grid.values for value in row if not isnan(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    with matplotlib.rc_context(SETTINGS):
        figure, all_axes = panels(title, [grid.name for grid in grids])
        wide = len(sides.columns) * len(grids)
        width, height = SIZE_INCHES
        down = 0.55 * len(sides.rows) if len(sides.rows) < MANY else CELL_INCHES * len(sides.rows)
        figure.set_size_inches(min(max(2.0 + 0.9 * wide, width), LONGEST_INCHES), max(1.6 + down, height - 0.6))
        for axes, grid in zip(all_axes, grids, strict=True):
            colours = "Greys_r" if axis.better == "lower" else "Greys"
            axes.imshow(grid.values, cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
            axes.set_xticks(range(len(sides.columns)), sides.columns)
            axes.set_yticks(range(len(sides.rows)), sides.rows)
            axes.set_xlabel(sides.across)
            axes.grid(False)
            for index, row in enumerate(grid.values):
                for column, value in enumerate(row):
                    share = 0.0 if isnan(value) else (value - low) / (high - low or 1.0)
                    dark = (1 - share if axis.better == "lower" else share) > 0.5 and not isnan(value)
                    text = "–" if isnan(value) else f"{value:#.3g}".rstrip(".")  # noqa: RUF001
                    axes.text(column, index, text, ha="center", va="center", color="white" if dark else INK)
        all_axes[0].set_ylabel(sides.down)
        figure.colorbar(all_axes[-1].images[0], ax=all_axes, fraction=0.04, pad=0.02, label=axis.text.replace(" (", "\n("))
        return write(figure, stem)
