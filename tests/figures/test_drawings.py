"""A figure that shows the same is not drawn again; whatever else changed, it is."""

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench.figures import drawings, step_cost
from bench.figures.drawings import Drawings
from bench.figures.step_cost import Line
from bench.figures.style import Identity

STEM = f"{step_cost.NAME}-seconds"


def folder_of(tmp_path: Path, *values: float, remember: bool = True) -> dict[str, tuple[bytes, int]]:
    """Draws one figure of these values; name -> (content, when it was written) of what then lies there."""
    folder = tmp_path / "figures"
    lines = [Line("gru", Identity(0, 0), [8, 16, 32], list(values))]
    made = Drawings(folder)
    made.add(partial(step_cost.draw, lines, "seconds", title="Cost", stem=folder / STEM))
    made.close([step_cost.NAME], remember=remember)
    assert made.paths == [folder / f"{STEM}.svg", folder / f"{STEM}.png"]
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.iterdir())}


def test_what_shows_the_same_is_left_as_it_lies(tmp_path: Path) -> None:
    before = folder_of(tmp_path, 1.0, 2.0, 3.0)
    assert folder_of(tmp_path, 1.0, 2.0, 3.0) == before


def test_a_last_digit_is_drawn_anew(tmp_path: Path) -> None:
    before = folder_of(tmp_path, 1.0, 2.0, 3.0)
    after = folder_of(tmp_path, 1.0, 2.0, 3.0000000000000004)
    assert all(after[name][1] > before[name][1] for name in before)


@pytest.mark.parametrize("spoil", ["remove", "edit", "code", "stamp", "unremembered"])
def test_what_was_changed_otherwise_is_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    before = folder_of(tmp_path, 1.0, 2.0, 3.0, remember=spoil != "unremembered")
    path = tmp_path / "figures" / f"{STEM}.svg"
    if spoil == "remove":
        path.unlink()
    elif spoil == "edit":
        path.write_bytes(before[path.name][0].replace(b"Cost", b"Gain"))
        os.utime(path, ns=(before[path.name][1], before[path.name][1]))
    elif spoil == "code":
        monkeypatch.setattr(drawings, "_code", lambda: "another version")
    elif spoil == "stamp":
        (tmp_path / drawings.STAMP).write_text("{")
    after = folder_of(tmp_path, 1.0, 2.0, 3.0)
    assert {name: content for name, (content, _) in after.items()} == {name: content for name, (content, _) in before.items()}
    assert after[path.name][1] > before[path.name][1]


def test_what_is_no_figure_any_more_goes_and_what_is_the_users_stays(tmp_path: Path) -> None:
    folder_of(tmp_path, 1.0, 2.0, 3.0)
    for name in (f"{step_cost.NAME}-memory.svg", f"{step_cost.NAME}-notes.txt", "mine.svg"):
        (tmp_path / "figures" / name).write_text("x")
    left = folder_of(tmp_path, 1.0, 2.0, 3.0)
    assert set(left) == {"mine.svg", f"{step_cost.NAME}-notes.txt", f"{STEM}.png", f"{STEM}.svg"}


def test_what_cannot_be_written_out_is_drawn_each_time(tmp_path: Path) -> None:
    calls: list[Any] = []

    def draw(shown: Any, *, stem: Path) -> list[Path]:
        calls.append(shown)
        stem.with_suffix(".svg").write_text("<svg/>")
        return [stem.with_suffix(".svg")]

    for shown in ({1}, {2}, {2}):
        made = Drawings(tmp_path)
        made.add(partial(draw, shown, stem=tmp_path / "x"))
        made.close(["x"], remember=True)
    assert calls == [{1}, {2}, {2}]


def test_a_stamp_says_no_more_than_digests(tmp_path: Path) -> None:
    folder_of(tmp_path, 1.0, 2.0, 3.0)
    (stamp,) = json.loads((tmp_path / drawings.STAMP).read_text()).values()
    assert set(stamp) == {"shown", "files"} and all(len(digest) == 64 for digest in [stamp["shown"], *stamp["files"].values()])
