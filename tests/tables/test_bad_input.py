"""What should not be there: foreign schemas, names that are markup, one record; through the commands, to the files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command import verb

from bench.records.record import SCHEMA
from bench.report import write
from bench.tables import make as make_tables

compare, report, tables = verb("compare"), verb("report"), verb("tables")

Lay = Callable[..., Path]
HEBREW = "\u05e9\u05dc\u05d5\u05dd"
NAMES = (r"\input{/etc/passwd} & 100 % $x_1$ #1 ^~", "<script>alert('x')</script>", "| *a* | [b](c) `d`", f"{HEBREW} \u202eabc")


@pytest.mark.parametrize("command", [tables, report, compare], ids=["tables", "report", "compare"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 99}, f"has schema 99, newer than {SCHEMA}, the newest that this version reads: update the bench."),
        ({"schema": 0}, "has schema 0, and there is no upgrade from it: delete the file."),
        ({"schema": "1"}, "has no integer schema: delete the file, and the run will be repeated."),
        ({"colour": "red"}, "has an unknown colour: delete the file, and the run will be repeated."),
        ({"status": "fine"}, "Status 'fine' of run run0001 is unknown"),
    ],
)
def test_a_record_of_another_schema_is_refused_and_nothing_is_written(
    command: Any, change: dict[str, Any], message: str, make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lay([make(seed=0), make(seed=1)])
    path = folder / "records" / "run0001.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    words = [str(folder)] * (2 if command is compare else 1)
    assert command(words) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1 and printed.out == ""
    assert [entry.name for entry in folder.iterdir()] == ["records"]


@pytest.fixture
def named(make: Any, lay: Lay) -> Path:
    """A sweep whose rows, data notes, title and published figure have names that are markup."""
    published = [{"name": name, "metric": "nats_per_char", "split": "test", "value": 1.4, "source": name} for name in NAMES]
    section = {"title": NAMES[0], "note": " ".join(NAMES), "literature": published}
    records = [make(seed=seed, report=section, config={"net": {"name": name}}) for name in NAMES for seed in (0, 1)]
    return lay([replace(run, data={**run.data, "notes": list(NAMES)}) for run in records])


def test_names_that_are_markup_stay_names_in_every_file(named: Path) -> None:
    write.write_report(named)
    lines = [line for line in (named / "table.md").read_text().splitlines() if line.startswith("| ")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1 and len(lines) == 2 + 2 * len(NAMES)
    page = (named / "report.html").read_text()
    assert "<script>alert" not in page and HEBREW in page
    tex = (named / "table.tex").read_text()
    assert r"\input" not in tex and r"\textbackslash{}input\{/etc/passwd\}" in tex and tex.isascii()
    for name in ("table.md", "report.html", "table.tex"):
        assert "\u202e" not in (named / name).read_text() and "U+202E" in (named / name).read_text().replace("{", "")
    assert {path.name for path in (named / "figures").iterdir()} == {"curves.svg", "curves.png", "tradeoff.svg", "tradeoff.png"}
    assert "<script>" not in (named / "figures" / "curves.svg").read_text()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_names_that_are_markup_compile(named: Path, tmp_path: Path) -> None:
    make_tables(named)
    shutil.copy(named / "table.tex", tmp_path / "table.tex")
    (tmp_path / "main.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}\input{table}\end{document}"
    )
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]


def test_a_sweep_of_one_record(make: Any, lay: Lay) -> None:
    folder = lay([make()])
    (table,) = make_tables(folder)
    assert len(table.rows) == 1 and not any(cell.best for cell in table.rows[0].cells)
    assert {path.name for path in (folder / "figures").iterdir()} == {"curves.svg", "curves.png"}  # one point is no trade-off


def test_a_sweep_of_one_failed_record(make: Any, lay: Lay) -> None:
    (table,) = make_tables(lay([replace(make.failed("out_of_memory"), data={}, machine={}, code={})]))
    assert [cell.text for cell in table.rows[0].cells][-1] == "out of memory"
    assert "1 of 1 runs is not ok: 1 out of memory." in table.caption
