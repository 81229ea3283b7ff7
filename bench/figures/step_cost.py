"""Cost against length: time or memory of a training step against its window in tokens, both axes logarithmic, one line a row.

A grey line shows what linear growth looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures.style import SETTINGS, Hover, Identity, canvas, thousands, write

NAME = "cost"
GREY = "#9aa0a8"


@dataclass(frozen=True)
class Line:
    """A row: its cost at each length."""

    name: str
    identity: Identity
    tokens: Sequence[int]
    values: Sequence[float]


def draw(lines: Sequence[Line], label: str, *, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where there is no line."""
    if not lines:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        for line in sorted(lines, key=lambda line: line.values[-1], reverse=True):
            look = line.identity
            axes.plot(
                line.tokens,
                line.values,
                color=look.colour,
                linestyle=look.dashes,
                marker=look.marker,
                markerfacecolor=look.filling,
                label=line.name,
            )
        hovers = [
            Hover(axes, length, value, f"{line.name}: {value:.3g} at {length:,} tokens")
            for line in lines
            for length, value in zip(line.tokens, line.values, strict=True)
        ]
        tokens, least = lines[0].tokens, min(line.values[-1] for line in lines) / 2
        linear = [least * length / tokens[-1] for length in tokens]
        axes.plot(tokens, linear, color=GREY, linewidth=1.0, linestyle=":", label="linear growth")
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(tokens, [str(length) for length in tokens])
        axes.yaxis.set_major_formatter(thousands)
        axes.set_xlabel("tokens per window")
        axes.set_ylabel(label)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=3.2)
        return write(figure, stem, hovers)
