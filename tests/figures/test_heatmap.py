import re

import pytest

from bench.figures import heatmap


def test_labels_and_values_are_drawn_and_the_file_is_the_same_twice(tmp_path):
    matrix = [[0.1, 0.9], [0.8, 0.2], [0.0, 1.0]]
    for name in ("one", "two"):
        written = heatmap.draw(matrix, rows=["a", "$b", "\u00fc"], columns=["x", "</s>"], title="T", stem=tmp_path / name)
    assert [path.name for path in written] == ["two.svg", "two.png"]
    one, two = ((tmp_path / f"{name}.svg").read_bytes() for name in ("one", "two"))
    assert one == two
    other = heatmap.draw(matrix[::-1], rows=["a", "$b", "\u00fc"], columns=["x", "</s>"], title="T", stem=tmp_path / "three")
    assert other[0].read_bytes() != one
    assert len(re.findall(rb"<image", one)) >= 1


def test_labels_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="1 rows of values have 2 row labels"):
        heatmap.draw([[1.0]], rows=["a", "b"], columns=["x"], title="", stem=tmp_path / "x")
