"""A matrix as a picture: attention weights, transition scores, confusions. Darker is more; the scale stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures.style import SETTINGS, canvas, write

CELL_INCHES = 0.34
MARGIN_INCHES = 2.2
LONGEST_INCHES = 14.0


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
        shown = axes.imshow(values, cmap="Greys" if low >= 0 else "PuOr", aspect="auto", interpolation="nearest")
        axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), rows)
        axes.grid(False)
        figure.colorbar(shown, ax=axes, fraction=0.04, pad=0.02)
        return write(figure, stem)
