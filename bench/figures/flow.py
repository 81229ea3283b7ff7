"""Gradient flow: the norm of the gradient that arrives k steps back, on a logarithmic axis, one line a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures.style import SETTINGS, Hover, Identity, canvas, legend, write

NAME = "gradient_flow"
FLOOR = 1e-12
"""Below this share of the gradient at lag 0 the picture ends: nothing in float32 arithmetic learns from it."""


@dataclass(frozen=True)
class Line:
    """A row: the norm at each lag, lag 0 first; 0 where nothing arrives."""

    name: str
    identity: Identity
    norms: Sequence[float]

    @property
    def end(self) -> float:
        """Lines are named in the order of their ends."""
        return self.norms[-1] / self.norms[0]


def draw(lines: Sequence[Line], *, title: str, stem: Path) -> list[Path]:
    """Write the figure as `stem`.svg and .png and return the paths; nothing where there is no line.

    A row without a gradient at lag 0 has no hidden state that its own step writes (cell=window), and no line.
    """
    lines = [line for line in lines if line.norms[0]]
    if not lines:
        return []
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure, axes = canvas(title)
        hovers: list[Hover] = []
        for line in sorted(lines, key=lambda line: line.end, reverse=True):
            shares = [(lag, norm / line.norms[0]) for lag, norm in enumerate(line.norms) if norm > FLOOR * line.norms[0]]
            look, every = line.identity, max(1, len(line.norms) // 8)
            axes.plot(
                *zip(*shares, strict=True),
                color=look.colour,
                linestyle=look.dashes,
                marker=look.marker,
                markerfacecolor=look.filling,
                markevery=(look.family % every, every),
                label=line.name,
            )
            hovers += [Hover(axes, lag, share, f"{line.name}: {share:.2g} at lag {lag}") for lag, share in shares[::every]]
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-").replace("e+00", ""))
        axes.set_xlim(left=0)
        axes.set_xlabel("lag k, steps back")
        axes.set_ylabel("gradient at h(t-k), relative to h(t)")
        legend(axes, handlelength=3.2)
        return write(figure, stem, hovers)
