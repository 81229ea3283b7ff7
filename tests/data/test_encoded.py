"""Where a user's file is looked for."""

from pathlib import Path

from bench.data.encoded import placed


def test_a_file_is_looked_for_in_the_folder_and_then_here(tmp_path, monkeypatch):
    folder, here = tmp_path / "data", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "mine.csv").write_text("1\n")
    assert placed("mine.csv", str(folder)) == placed("mine.csv", None) == Path("mine.csv")
    (folder / "mine.csv").write_text("2\n")
    assert placed("mine.csv", str(folder)) == folder / "mine.csv"
    assert placed("neither.csv", str(folder)) == folder / "neither.csv"  # what the refusal names
    assert placed(str(here / "mine.csv"), str(folder)) == here / "mine.csv"
