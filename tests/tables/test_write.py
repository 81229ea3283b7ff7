"""The command and what it leaves on the disk: tables, figures, the index; the same again from the same records."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import verb

from bench.records import record, record_files
from bench.tables import TableError
from bench.tables import make as make_tables
from bench.tables.index import MARK

main = verb("tables")

FILES = [".figures.json", "figures", "records", "runs.csv", "table.csv", "table.md", "table.tex"]
Lay = Callable[..., Path]


def content(folder: Path) -> dict[str, bytes]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_sweep_is_made_whole_and_the_same_again(make: Any, lay: Lay) -> None:
    folder = lay(make.sweep())
    (table,) = make_tables(folder)
    assert len(table.rows) == 8
    assert sorted(path.name for path in folder.iterdir()) == FILES
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    assert figures == ["curves.png", "curves.svg", "tradeoff.png", "tradeoff.svg"]
    first = content(folder.parent)
    make_tables(folder)
    assert content(folder.parent) == first


def test_figures_without_data_are_not_written_and_old_ones_go(make: Any, lay: Lay) -> None:
    folder = lay([make(cell=cell) for cell in ("gru", "lstm")])
    make_tables(folder)
    for run in record_files.read_all(folder):
        record.write(record.with_speed(run, {}), folder)
    (folder / "figures" / "mine.png").write_bytes(b"kept")
    make_tables(folder)
    assert sorted(path.name for path in (folder / "figures").iterdir()) == ["curves.png", "curves.svg", "mine.png"]
    assert "tradeoff" not in (folder / "table.md").read_text()


def test_two_data_sets_get_tables_and_figures_of_their_own(make: Any, lay: Lay) -> None:
    other = {**make().data, "name": "tinyshakespeare", "sha256": "ff" * 32}
    folder = lay([make(), make(data=other, test=None)])
    assert len(make_tables(folder)) == 2
    text = (folder / "table.md").read_text()
    assert text.count("\n## ") == 2 and text.startswith("## ")
    assert text.count("\n## Provenance\n") == 1  # once a page
    _, _, provenance = text.partition("## Provenance")
    assert "tinyshakespeare: " not in provenance.replace("Data: tinyshakespeare", "") and "Versions: " in provenance
    figures = {path.name for path in (folder / "figures").glob("*.svg")}
    assert figures == {"curves-pydocs-ab12ab12.svg", "curves-tinyshakespeare-ffffffff.svg"}


def test_the_index_lists_every_sweep(make: Any, lay: Lay) -> None:
    lay([make(report={"title": "First | look"})], name="quick")
    folder = lay([make(), make.failed(seed=1)], name="cells")
    (folder.parent / "notes").mkdir()
    make_tables(folder)
    lines = (folder.parent / "README.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| [")]
    facts = "| all | {} | 01234567 | Processor X |  | char_lm on pydocs |"
    assert rows[0].startswith(f"| [cells](cells/) | cells | 1 ok of 2 {facts.format(2)} [md](cells/table.md), ")
    assert rows[1] == rf"| [quick](quick/) | First \| look | 1 {facts.format(1)}  |"
    assert len(rows) == 2
    for target in re.findall(r"\]\((\S+)\)", rows[0]):
        assert (folder.parent / target).exists()


def test_a_sweep_of_a_paper_stands_in_the_same_index(make: Any, lay: Lay) -> None:
    lay([make()], name="quick")
    folder = lay([make(sweep="paper/graves2013")], name="paper/graves2013")
    make_tables(folder)
    lines = (folder.parent.parent / "README.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| [")]
    assert [row.split("]")[0] for row in rows] == ["| [paper/graves2013", "| [quick"]
    assert not (folder.parent / "README.md").exists()
    for target in re.findall(r"\]\((\S+)\)", rows[0]):
        assert (folder.parent.parent / target).exists()


def test_a_broken_neighbour_stands_in_the_index_and_stops_nothing(make: Any, lay: Lay) -> None:
    broken = lay([make()], name="broken")
    next((broken / "records").glob("*.json")).write_text("{")
    folder = lay([make()])
    make_tables(folder)
    assert "| [broken](broken/) | | | Record" in (folder.parent / "README.md").read_text()


def test_somebody_elses_readme_is_left_alone(make: Any, lay: Lay) -> None:
    folder = lay([make()])
    (folder.parent / "README.md").write_text("# Mine\n")
    make_tables(folder)
    assert (folder.parent / "README.md").read_text() == "# Mine\n"


def test_what_stands_above_the_index_is_kept_and_what_stands_below_is_made_again(make: Any, lay: Lay) -> None:
    folder = lay([make()])
    make_tables(folder)
    page = folder.parent / "README.md"
    head, index = page.read_text().split(MARK)
    page.write_text(f"# Ours\n\nA map.\n\n{MARK}\nan older index\n")
    make_tables(folder)
    assert head == "# Results\n\n" and page.read_text() == f"# Ours\n\nA map.\n\n{MARK}{index}"


def test_command_prints_the_table_and_ends_with_0(make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lay([make(cell="gru"), make(cell="lstm")])
    assert main([str(folder)]) == 0
    out = capsys.readouterr().out
    assert "lstm" in out and str(folder) in out


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="contains no records"):
        make_tables(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing", "empty", "broken"])
def test_command_refuses_in_one_sentence_with_2(name: str, make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lay([make()], name="broken")
    next((folder / "records").glob("*.json")).write_text("{")
    (folder.parent / "empty").mkdir()
    assert main([str(folder.parent / name)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert str(folder.parent / name) in printed.err and printed.err.endswith(".\n")


def test_reporting_imports_nothing_heavy() -> None:
    code = (
        "import sys, bench.tables, bench.records.record, bench.figures.curves, bench.figures.tradeoff\n"
        "heavy = {'torch', 'hydra', 'pytorch_lightning', 'wandb', 'matplotlib', 'scipy', 'rich', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
