import re
from math import nan

import pytest

from bench.figures import heatmap
from bench.figures.heatmap import Grid, Sides
from bench.figures.style import Axis


def test_labels_and_values_are_drawn_and_the_file_is_the_same_twice(tmp_path):
    matrix = [[0.1, 0.9], [0.8, 0.2], [0.0, 1.0]]
    for name in ("one", "two"):
        paths = heatmap.draw(matrix, rows=["a", "$b", "\u00fc"], columns=["x", "</s>"], title="T", stem=tmp_path / name)
    assert [path.name for path in paths] == ["two.svg", "two.png"]
    first, second = ((tmp_path / f"{name}.svg").read_bytes() for name in ("one", "two"))
    assert first == second
    other = heatmap.draw(matrix[::-1], rows=["a", "$b", "\u00fc"], columns=["x", "</s>"], title="T", stem=tmp_path / "three")
    assert other[0].read_bytes() != first
    assert len(re.findall(rb"<image", first)) >= 1


def test_labels_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="1 rows of values have 2 row labels"):
        heatmap.draw([[1.0]], rows=["a", "b"], columns=["x"], title="", stem=tmp_path / "x")


@pytest.mark.parametrize(("better", "white"), [("lower", "1.20"), ("higher", "1.90")])
def test_grids_stand_side_by_side_on_one_scale_and_the_best_is_darkest(tmp_path, monkeypatch, better, white):
    figures = []
    monkeypatch.setattr(heatmap, "write", lambda figure, stem, hovers=(): figures.append(figure) or [])
    grids = [Grid("gru", [[1.9, 1.8], [1.7, nan]]), Grid("lstm", [[1.85, 1.6], [1.65, 1.2]])]
    sides = Sides(["1", "2"], ["50", "200"], "depth", "units")
    heatmap.draw_grids(grids, sides, Axis("nats", better), title="T", stem=tmp_path)
    gru, lstm, scale = figures[0].axes
    assert [axes.get_title("left") for axes in (gru, lstm)] == ["gru", "lstm"]
    assert (gru.get_xlabel(), gru.get_ylabel()) == ("units", "depth")
    assert {axes.images[0].get_clim() for axes in (gru, lstm)} == {(1.2, 1.9)}
    texts = {text.get_text(): text.get_color() for axes in (gru, lstm) for text in axes.texts}
    assert set(texts) == {"1.90", "1.80", "1.70", "–", "1.85", "1.60", "1.65", "1.20"}  # noqa: RUF001
    assert texts[white] == "white" and texts["–"] != "white"  # noqa: RUF001
    assert better in scale.get_ylabel()
    assert heatmap.draw_grids([], Sides([], [], "", ""), Axis("nats", better), title="T", stem=tmp_path) == []
