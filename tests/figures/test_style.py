"""Writing a figure."""

import warnings
from pathlib import Path

from matplotlib.figure import Figure

from bench.figures import style


def test_letters_that_the_font_does_not_have_are_no_warning(tmp_path: Path) -> None:
    figure = Figure()
    figure.suptitle("\u732b \N{HALFWIDTH BLACK SQUARE}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = style.write(figure, tmp_path / "x")
    assert "\u732b" in written[0].read_text(encoding="utf-8")
