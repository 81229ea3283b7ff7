"""One style for all figures, and how a figure is written.

The first colours are those of Okabe and Ito (2008, "Color Universal Design"), which stay apart for the colour-blind; markers,
dashes and fillings tell the rows apart in grey. An SVG file is the same, byte for byte, whenever the same input is
drawn: no date, fixed ids, glyphs as outlines. Its points have titles, which a browser shows under the mouse.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.records.temporary import beside
from bench.records.visible_text import visible
from bench.stats.intervals import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The seventh is their black; the eighth is their yellow, darkened until it can be seen on white. The others are far from those
# before them in OKLab, of a chroma below 0.19, with a contrast to white of 2.4 and more.
COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800"),
    *("#782DA5", "#B41E5A", "#2D6900", "#2D3CB4", "#695A4B", "#F05A6E", "#8778F0", "#A5A596"),
    *("#5A002D", "#000078", "#003C00", "#1E3C5A"),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
OTHER_MARKERS = ("p", "d", "<", "h", ">", "8", "H", "<")
HALVES = ("full", "none", "left", "top", "right", "bottom")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 1.5, 1.2, 1.5)))
INK = "#2b2f36"
LONGEST_TITLE, LONGEST_NAME = 90, 64
"""Characters."""
LEGEND_ROWS = 18
"""As many names as stand one above the other beside the axes."""
SIZE_INCHES = (7.2, 4.2)
POINTS = 72
"""In an inch."""
SETTINGS = {
    "svg.hashsalt": "recurrent-bench",
    "svg.fonttype": "none",  # text stays text: half the size, and can be searched
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e5e8",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.7,
    "lines.markersize": 5.5,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "savefig.dpi": 160,
    "savefig.facecolor": "white",
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Identity:
    """Which look a row has: the family gives colour and marker, the member gives dashes and filling."""

    family: int
    member: int

    @property
    def colour(self) -> str:
        return COLOURS[self.family % len(COLOURS)]

    @property
    def marker(self) -> str:
        return MARKERS[(self.family + self.family // len(COLOURS)) % len(MARKERS)]

    @property
    def dashes(self) -> Any:
        return DASHES[self.member % len(DASHES)]

    @property
    def filling(self) -> str:
        turns = self.member + self.member // len(DASHES)  # so that the dashes come with the other filling the second time
        return self.colour if turns % 2 == 0 else "white"

    @property
    def lone_marker(self) -> str:
        """The marker where it stands alone, without a line: another one when the parts that are filled come again."""
        again = self.member // len(HALVES) % 2 == 1
        return OTHER_MARKERS[MARKERS.index(self.marker)] if again else self.marker

    @property
    def half(self) -> str:
        """Which part of a marker is filled where it stands alone."""
        return HALVES[self.member % len(HALVES)]


@dataclass(frozen=True)
class Axis:
    """The axis of a metric; `better` is lower or higher, or empty. `ratios`: it is logarithmic."""

    label: str
    better: str
    ratios: bool = False

    @property
    def text(self) -> str:
        return f"{self.label} ({self.better} is better)" if self.better else self.label


@dataclass(frozen=True)
class Hover:
    """What a browser shows under the mouse at a point of the axes."""

    axes: Axes
    x: float
    y: float
    text: str


def canvas(title: str) -> tuple[Figure, Axes]:
    """A figure that belongs to no window and no global state; draw inside `matplotlib.rc_context(SETTINGS)`."""
    figure = _figure()
    axes = figure.add_subplot()
    axes.set_title(short(title, LONGEST_TITLE))
    return figure, axes


def panels(title: str, names: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """As `canvas`, with axes side by side that share their vertical one; each has its name above it."""
    figure = _figure()
    figure.suptitle(short(title, LONGEST_TITLE), x=0.01, ha="left", fontsize=11.0, fontweight="bold")
    every = list(figure.subplots(1, len(names), sharey=True, squeeze=False)[0])
    for axes, name in zip(every, names, strict=True):
        axes.set_title(short(name), fontweight="normal", fontsize=10.0)
    return figure, every


def _figure() -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def legend(axes: Axes, *, handlelength: float, best_last: bool = False) -> None:
    """Names right of the axes: of very many rows the first ones, or the last, and how many there are."""
    handles, names = axes.get_legend_handles_labels()
    listed = slice(-LEGEND_ROWS, None) if best_last else slice(LEGEND_ROWS)
    axes.legend(
        handles[listed],
        [short(name) for name in names[listed]],
        title=f"{LEGEND_ROWS} of {len(names)} rows" if len(names) > LEGEND_ROWS else None,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        handlelength=handlelength,
    )


def short(text: str, most: int = LONGEST_NAME) -> str:
    """As much of a name as leaves room for what is drawn: its start, and its end, which tells rows apart."""
    name, half = visible(text), (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


def write(figure: Figure, stem: Path, hovers: Sequence[Hover] = ()) -> list[Path]:
    """Write `stem`.svg, whose points say what they are, and `stem`.png, each whole or not at all."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = []
    for suffix, metadata in ((".svg", {"Date": None}), (".png", {"Software": None})):
        path = stem.parent / f"{stem.name}{suffix}"
        temporary = beside(path)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)  # a PNG shows a box there, an SVG text
            figure.savefig(temporary, format=suffix[1:], metadata=metadata)
        figure.set_layout_engine("none")  # its parts stay where they are now
        if suffix == ".svg":
            drawn = _lean(temporary.read_text(encoding="utf-8"))
            temporary.write_text(drawn.replace("</svg>", f"{_titles(figure, hovers)}</svg>"), encoding="utf-8")
        os.replace(temporary, path)
        paths.append(path)
    return paths


def _titles(figure: Figure, hovers: Sequence[Hover]) -> str:
    """Invisible circles, in points from the upper left corner, those outside their axes left out."""
    height, circles = figure.get_size_inches()[1] * POINTS, []
    for hover in hovers:
        x, y = hover.axes.transData.transform((hover.x, hover.y))
        if hover.axes.bbox.contains(x, y):
            x, y = x * POINTS / figure.dpi, height - y * POINTS / figure.dpi
            circles.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6"><title>{escape(visible(hover.text))}</title></circle>\n')
    return f'<g fill="none" pointer-events="all">\n{"".join(circles)}</g>\n' if circles else ""


def number(value: Interval) -> str:
    """`1.523 ± 0.012`, as a point says it."""
    half = value.half_width
    return f"{value.centre:.4g}" if half is None else f"{value.centre:.4g} ± {half:.2g}"


def _lean(svg: str) -> str:
    """With hundredths of a point, and fallback fonts of the same width where ours is not installed."""
    rounded = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), svg)
    return rounded.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")


def thousands(value: float, _: float) -> str:
    """A tick such as 500k or 1.5M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
