"""Figures: what they leave out, what they compute, and that the same input gives the same file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.figures import curves, distance, flow, penalty, step_cost, tradeoff
from bench.figures.curves import Line, limits, mean_curve
from bench.figures.style import COLOURS, Axis, Identity, canvas
from bench.figures.tradeoff import Point
from bench.stats.intervals import Interval

AXIS = Axis("validation nats per char", "lower")


def line(name: str, family: int, *ends: float, points: int = 6) -> Line:
    runs = tuple([(1000.0 * k, end + 2.0 / k) for k in range(1, points + 1)] for end in ends)
    return Line(name, Identity(family, 0), runs)


def point(name: str, family: int, speed: float, metric: float) -> Point:
    return Point(name, Identity(family, 0), Interval(speed, speed * 0.98, speed * 1.02, 9), Interval(metric, metric, metric, 3))


LINES = [line("lstm", 0, 1.5, 1.51, 1.52), line("elman $x_1", 1, 1.7, 1.71)]
POINTS = [point("lstm", 0, 10_000, 1.5), point("gru", 1, 20_000, 1.6)]


def test_curves_are_written_twice_and_leave_nothing_else(tmp_path: Path) -> None:
    paths = curves.draw(LINES, AXIS, title="Cells <&>", stem=tmp_path / "figures" / "curves")
    assert [path.name for path in paths] == ["curves.svg", "curves.png"]
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["curves.png", "curves.svg"]
    assert (tmp_path / "figures" / "curves.png").read_bytes().startswith(b"\x89PNG")
    ElementTree.parse(tmp_path / "figures" / "curves.svg")


@pytest.mark.parametrize("figure", ["curves", "tradeoff"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, figure: str) -> None:
    for name in ("a", "b"):
        if figure == "curves":
            curves.draw(LINES, AXIS, title="Cells", stem=tmp_path / name / figure)
        else:
            tradeoff.draw(POINTS, AXIS, speed="training tokens", title="Cells", stem=tmp_path / name / figure)
    for suffix in ("svg", "png"):
        assert (tmp_path / "a" / f"{figure}.{suffix}").read_bytes() == (tmp_path / "b" / f"{figure}.{suffix}").read_bytes()
    assert b"dc:date" not in (tmp_path / "a" / f"{figure}.svg").read_bytes()


def test_costs_stand_on_logarithmic_axes_beside_linear_growth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = []
    monkeypatch.setattr(step_cost, "write", lambda figure, stem, hovers=(): figures.append(figure) or [stem])
    lines = [
        step_cost.Line("gru", Identity(0, 0), (16, 64), (0.1, 0.4)),
        step_cost.Line("lstm", Identity(1, 0), (16, 64), (0.2, 0.9)),
    ]
    assert step_cost.draw(lines, "seconds", title="Cost", stem=tmp_path / "cost") == [tmp_path / "cost"]
    (axes,) = figures[0].axes
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_ylabel()) == ("log", "log", "seconds")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["lstm", "gru", "linear growth"]
    small, large = axes.get_lines()[-1].get_ydata()
    assert large == pytest.approx(4 * small) and large < 0.4


def test_a_figure_without_data_is_not_written(tmp_path: Path) -> None:
    assert curves.draw([], AXIS, title="Cells", stem=tmp_path / "curves") == []
    assert curves.draw([line("one validation", 0, 1.5, points=1)], AXIS, title="Cells", stem=tmp_path / "curves") == []
    assert tradeoff.draw(POINTS[:1], AXIS, speed="training tokens", title="Cells", stem=tmp_path / "tradeoff") == []
    assert step_cost.draw([], "seconds", title="Cost", stem=tmp_path / "cost") == []
    assert list(tmp_path.iterdir()) == []


def test_drawing_leaves_the_callers_settings_alone(tmp_path: Path) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    tradeoff.draw(POINTS, AXIS, speed="training tokens", title="Cells", stem=tmp_path / "tradeoff")
    assert dict(matplotlib.rcParams) == before


def test_the_mean_is_taken_where_all_seeds_have_a_value() -> None:
    runs = [[(1.0, 4.0), (2.0, 2.0), (3.0, 1.0)], [(1.0, 6.0), (2.0, 4.0)], [(1.0, 5.0), (2.0, 3.0)]]
    mean_points = mean_curve(runs)
    assert [(tokens, value.centre) for tokens, value in mean_points] == [(1.0, 5.0), (2.0, 3.0)]
    assert mean_points[0][1].half_width == pytest.approx(2.4841, abs=1e-3)  # t_{0.975, 2} * 1 / sqrt(3)


def test_the_first_values_leave_the_picture_and_every_end_stays() -> None:
    lines = [line("lstm", 0, 1.5), line("elman", 1, 1.7)]  # first values 3.5 and 3.7
    low, high = limits(lines, "lower")
    ends = [curve.end for curve in lines]
    assert low < min(ends) and max(ends) < high < 3.5


def test_where_higher_is_better_the_low_first_values_leave_the_picture() -> None:
    rising = [
        Line("a", Identity(0, 0), ([(k, 90 - 80 / k) for k in (1.0, 2.0, 10.0)],)),
        Line("b", Identity(1, 0), ([(k, 80 - 75 / k) for k in (1.0, 2.0, 10.0)],)),
    ]
    low, high = limits(rising, "higher")
    assert 5 < low < 72 and high > 82


def test_flat_curves_have_a_picture(tmp_path: Path) -> None:
    flat = Line("flat", Identity(0, 0), ([(1.0, 2.0), (2.0, 2.0)],))
    assert curves.draw([flat], AXIS, title="Cells", stem=tmp_path / "curves")


@pytest.mark.parametrize(("better", "named"), [("lower", ["a", "c", "d"]), ("higher", ["b", "d"]), ("", [])])
def test_the_front_is_what_nothing_beats_in_both(better: str, named: list[str]) -> None:
    points = [point("a", 0, 10, 1.0), point("b", 0, 20, 9.0), point("c", 0, 30, 2.0), point("d", 0, 40, 3.0)]
    for extra in ([], [point("twin", 0, 10, 1.5)]):  # as fast as a, and beaten by a or by b
        assert [member.name for member in tradeoff.front([*points, *extra], better)] == named


def test_the_front_is_drawn_as_steps_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Any] = []
    monkeypatch.setattr(tradeoff, "write", lambda figure, stem, hovers=(): figures.append(figure) or [])
    tradeoff.draw(POINTS, AXIS, speed="training tokens", title="Cells", stem=tmp_path / "tradeoff")
    tradeoff.draw(
        [POINTS[0], point("worse", 1, 9_000, 1.6)], AXIS, speed="training tokens", title="Cells", stem=tmp_path / "tradeoff"
    )
    front_of_many, front_of_two = (figure.axes[0].get_xlabel() for figure in figures)
    assert "Pareto front" in front_of_many and "Pareto front" not in front_of_two


def test_penalties_have_a_line_a_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Any] = []
    monkeypatch.setattr(penalty, "write", lambda figure, stem, hovers=(): figures.append(figure) or [stem])
    points = [(alpha, Interval(30 + alpha, 29 + alpha, 31 + alpha, 3)) for alpha in (0.0, 0.5, 1.0)]
    lines = [penalty.Line(f"width {width}", Identity(number, 0), points) for number, width in enumerate((2, 10))]
    assert penalty.draw(lines, Axis("BLEU", "higher"), title="Beam", stem=tmp_path / "penalty") == [tmp_path / "penalty"]
    (axes,) = figures[0].axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["width 2", "width 10"]
    first, second = (container.lines[0].get_xdata() for container in axes.containers)
    assert all(0 < b - a < 0.02 for a, b in zip(first, second, strict=True))
    assert penalty.draw([], Axis("BLEU", "higher"), title="Beam", stem=tmp_path / "none") == []


def test_rows_are_told_apart_in_grey() -> None:
    looks = [Identity(family, member) for family in range(16) for member in range(4)]
    plain = {(look.marker, str(look.dashes), look.colour) for look in looks}
    assert len(plain) == len(looks)
    same_colour = [look for look in looks if look.colour == COLOURS[0]]
    assert len({(look.marker, str(look.dashes)) for look in same_colour}) == len(same_colour)


def test_points_are_told_apart_in_grey_in_families_of_twelve() -> None:
    looks = [Identity(family, member) for family in range(7) for member in range(12)]
    assert len({(look.lone_marker, look.half) for look in looks}) == len(looks)


def test_names_that_have_no_room_go_to_a_legend(tmp_path: Path) -> None:
    crowd = [point(f"a rather long name, number {index}", index, 10_000 + index, 1.5) for index in range(12)]
    assert _legends(crowd, tmp_path) == 1
    assert _legends(POINTS, tmp_path) == 0


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_of_very_many_rows_the_best_are_named(better: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Eighty names beside the axes would leave no axes."""
    from matplotlib.figure import Figure

    figures: list[Figure] = []
    monkeypatch.setattr("bench.figures.curves.write", lambda figure, stem, hovers=(): figures.append(figure) or [])
    many = [line(f"row {number:02d}", number, 1.0 + number / 100) for number in range(80)]
    curves.draw(many, Axis("x", better), title="Many", stem=tmp_path / "curves")
    figures[0].draw_without_rendering()
    (axes,) = figures[0].axes
    shown = axes.get_legend()
    assert shown is not None and shown.get_title().get_text() == "18 of 80 rows"
    names = {text.get_text() for text in shown.get_texts()}
    assert names == {f"row {number:02d}" for number in (range(18) if better == "lower" else range(62, 80))}
    assert axes.get_position().width > 0.4 and axes.get_position().height > 0.5


def test_long_names_leave_room_for_what_is_drawn(tmp_path: Path) -> None:
    import warnings

    long = "a name that goes on " * 20
    lines = [Line(long, Identity(0, 0), LINES[0].runs), Line(f"other {long}", Identity(1, 0), LINES[1].runs)]
    crowd = [point(f"{number} {long}", number, 10_000 + number, 1.5) for number in range(3)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns where nothing is left for the axes
        curves.draw(lines, AXIS, title=long, stem=tmp_path / "curves")
        tradeoff.draw(crowd, AXIS, speed="training tokens", title=long, stem=tmp_path / "tradeoff")


def _legends(points: list[Point], folder: Path) -> int:
    (svg, _) = tradeoff.draw(points, AXIS, speed="training tokens", title="Cells", stem=folder / "tradeoff")
    return svg.read_text().count('id="legend_1"')


def test_a_row_whose_step_writes_no_hidden_state_has_no_line_in_the_gradient_flow(tmp_path: Path) -> None:
    none, some = flow.Line("a window", Identity(0, 0), [0.0, 2.0, 1.0]), flow.Line("gru", Identity(1, 0), [1.0, 0.5, 0.25])
    assert flow.draw([none], title="Flow", stem=tmp_path / "flow") == []
    picture, _ = flow.draw([none, some], title="Flow", stem=tmp_path / "flow")
    assert ">gru</text>" in picture.read_text() and "a window" not in picture.read_text()


def test_eight_rows_of_a_family_look_different() -> None:
    looks = {(str(Identity(0, member).dashes), Identity(0, member).filling) for member in range(8)}
    assert len(looks) == 8
    assert Identity(0, 0).filling != Identity(0, 1).filling


def test_six_points_of_a_family_look_different() -> None:
    _, axes = canvas("points")
    for member in range(6):
        tradeoff._draw_point(axes, replace(point("row", 0, 10_000, 1.5), identity=Identity(0, member)))
    assert len({line.get_fillstyle() for line in axes.lines if line.get_marker() == Identity(0, 0).marker}) == 6


def test_every_point_says_what_it_is_where_it_lies(tmp_path: Path) -> None:
    """The circle of a point lies on its marker, for whatever the axes are."""
    runs = tuple([(1000.0, 2.0 + seed), (2000.0, 1.0 + seed / 4)] for seed in (0.0, 0.2, 0.4))
    svg, _ = curves.draw([Line("a <b>", Identity(0, 0), runs)], Axis("x", "lower"), title="T", stem=tmp_path / "curves")
    text = svg.read_text()
    titles = re.findall(r'<circle cx="(.+?)" cy="(.+?)" r="6"><title>(.+?)</title>', text)
    assert [title for _, _, title in titles] == ["a &lt;b&gt;: 1.05 ± 0.12 at 2k tokens"]  # the first one is cut off above
    markers = [
        (float(x), float(y)) for x, y in re.findall(r'<use xlink:href="#m\w+" x="(.+?)" y="(.+?)" style="fill: #0072', text)
    ]
    cx, cy = (float(value) for value in titles[0][:2])
    assert min(abs(cx - x) + abs(cy - y) for x, y in markers) < 0.2


def test_errors_of_series_stand_on_an_axis_of_ratios_whose_ends_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Any] = []
    monkeypatch.setattr(curves, "write", lambda figure, stem, hovers=(): figures.append(figure) or [])
    lines = [Line(str(end), Identity(0, 0), ([(1.0, 900.0), (2.0, end)],)) for end in (0.5, 9.0, 120.0)]
    curves.draw(lines, Axis("mae", "lower", ratios=True), title="T", stem=tmp_path / "curves")
    (axes,) = figures[0].axes
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log" and 0 < low < 0.5 and high > 120
    curves.draw(
        [Line("zero", Identity(0, 0), ([(1.0, 1.0), (2.0, 0.0)],))], Axis("mae", "lower", True), title="", stem=tmp_path
    )
    assert figures[1].axes[0].get_yscale() == "linear"


def test_many_rows_over_lengths_are_a_heat_map_whose_first_row_is_the_best(tmp_path: Path) -> None:
    rows = [distance.Line(f"cell {n}", Identity(n, 0), {10.0: [n, n + 2.0], 100.0: [n]}) for n in range(7)]
    svg, _ = distance.draw(rows, {10.0: 3.0}, Axis("accuracy", "higher"), label="length", title="T", stem=tmp_path / "d")
    text = svg.read_text()
    assert "<image" in text and re.findall(r">(cell \d|guessing)</text>", text) == [f"cell {n}" for n in range(6, -1, -1)] + [
        "guessing"
    ]
    assert ">7</text>" in text  # the mean of 6 and 8
    svg, _ = distance.draw(rows[:3], {}, Axis("accuracy", "higher"), label="length", title="T", stem=tmp_path / "d")
    assert "<image" not in svg.read_text()
