"""`python -m bench publish`, `status results`: one command writes the reference, whole; it says what it is worth today."""

import json
import os
import re
import shutil
import subprocess

import pytest
from command import ROOT, bench, start, verb

from bench.errors import ConfigError
from bench.records import record, record_files
from bench.records.record import RecordError
from bench.sweeps import reference
from bench.tables import write as tables

RESULTS = ROOT / "results"
SWEEPS = [path.parent for path in sorted(RESULTS.rglob(record_files.NAME))]
QUICK = (
    "+sweep=quick",
    "sweep.rows=[{}]",
    "cell=elman,gru",
    "track=none",
    "stack.hidden_size=8",
    "data.limit=3000",
    "trainer.batch_size=4",
    "task.window=20",
    "trainer.epochs=1",
    "evaluation.sample_length=30",
    "speed.rounds=0",
)


def test_every_published_record_has_the_names_of_today_or_is_said_to_be_stale():
    lines = reference.state(RESULTS)
    assert len(lines) == len(SWEEPS) > 30
    wrong = [line for line in lines if "all have current names" not in line and "stale:" not in line]
    assert not wrong


@pytest.mark.parametrize("folder", SWEEPS, ids=lambda folder: folder.relative_to(RESULTS).as_posix())
def test_the_published_tables_are_those_of_the_records(folder, tmp_path):
    """Byte for byte, but for the rendering of figures, which is another library's: those are there or not."""
    copy = tmp_path / folder.relative_to(RESULTS)
    copy.mkdir(parents=True)
    shutil.copy(folder / record_files.NAME, copy)
    if (folder / "outputs").is_dir():
        shutil.copytree(folder / "outputs", copy / "outputs")
    tables.write_tables(copy)
    for file in [path for path in copy.rglob("*") if path.is_file() and path.suffix not in (".svg", ".html")]:
        assert file.read_bytes() == (folder / file.relative_to(copy)).read_bytes(), file.name
    for suffix in ("*.svg", "*.png"):
        names = {path.relative_to(copy).as_posix() for path in copy.rglob(suffix)}
        assert names == {path.relative_to(folder).as_posix() for path in folder.rglob(suffix)}


def test_nothing_but_the_reference_lies_in_results():
    allowed = {
        "records.jsonl",
        "table.md",
        "table.tex",
        "table.csv",
        "findings.csv",
        "runs.csv",
        "report.html",
        "outputs.jsonl.gz",
        "verified.json",
    }
    for folder in SWEEPS:
        names = {path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".svg"}
        assert names <= allowed, folder
    total = sum(path.stat().st_size for path in RESULTS.rglob("*") if path.is_file())
    assert total < 21e6


def test_the_script_of_the_readme_gives_the_figures_of_the_records(tmp_path):
    """The lines of results/README.md, as they stand there."""
    blocks = re.findall(r"```python\n(.*?)```", (RESULTS / "README.md").read_text(), re.S)
    assert len(blocks) == 2
    for block in blocks:
        assert sum(map(bool, block.splitlines())) <= 12
        done = subprocess.run([os.sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        for line in done.stdout.strip().splitlines():
            if "in the record" not in line:
                continue
            ours, theirs = map(float, re.findall(r"\d+\.\d+", line)[:2])
            assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.fixture
def swept(make, lay):
    return lay([make(cell=cell, seed=seed) for cell in ("gru", "lstm") for seed in (0, 1)])


def test_a_sweep_is_published_whole(swept, tmp_path):
    published = reference.publish(swept, tmp_path / "reference")
    assert published == tmp_path / "reference" / "cells"
    names = {path.name for path in published.iterdir()}
    assert names == {"records.jsonl", "runs.csv", "table.md", "table.tex", "table.csv", "report.html", "figures"}
    assert not list((published / "figures").glob("*.png")) and list((published / "figures").glob("*.svg"))
    assert "[cells](cells/)" in (tmp_path / "reference" / "README.md").read_text()
    assert not [path for path in (tmp_path / "reference").iterdir() if path.name.startswith(".cells")]
    again = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    assert verb("tables")([str(published)]) == 0
    assert {path: path.read_bytes() for path in published.rglob("*") if path.is_file()} == again


def test_what_the_reference_has_and_the_folder_lacks_is_not_dropped_unasked(swept, make, tmp_path):
    published = reference.publish(swept, tmp_path / "reference")
    before = (published / "records.jsonl").read_bytes()
    lost = next((swept / "records").glob("*.json"))
    lost.unlink()
    with pytest.raises(RecordError, match=r"has 4 records, of which 1 are not in .*--replace"):
        reference.publish(swept, tmp_path / "reference")
    assert (published / "records.jsonl").read_bytes() == before
    reference.publish(swept, tmp_path / "reference", replace=True)
    assert len(record_files.read_all(published)) == 3


def test_a_reference_of_a_newer_version_is_not_written_over(swept, tmp_path):
    published = reference.publish(swept, tmp_path / "reference")
    path = published / "records.jsonl"
    lines = path.read_text().splitlines()
    newer = json.dumps(json.loads(lines[0]) | {"schema": record.SCHEMA + 1})
    path.write_text("\n".join([newer, *lines[1:]]) + "\n")
    with pytest.raises(RecordError, match="update the bench"):
        reference.publish(swept, tmp_path / "reference")


def test_a_damaged_reference_is_named_by_its_line_and_nothing_else_fails(swept, make, tmp_path):
    published = reference.publish(swept, tmp_path / "reference")
    text = (published / "records.jsonl").read_text()
    (published / "records.jsonl").write_text(text[:-50])
    (line,) = reference.state(tmp_path / "reference")
    assert "is truncated in line 5" in line


def test_a_read_only_reference_is_refused_in_a_sentence(swept, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reference, "write_atomically", refuse)
    with pytest.raises(ConfigError, match=r"reference cannot be written \(Permission denied\): give another folder with --to"):
        reference.publish(swept, tmp_path / "reference")
    assert not (tmp_path / "reference" / "cells").exists()


def test_two_publish_at_once_and_both_are_whole(swept, tmp_path):
    running = [start(tmp_path, "publish", str(swept), "--to", str(tmp_path / "reference")) for _ in range(2)]
    ends = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [status for _, status in ends] == [0, 0], ends
    assert len(record_files.read_all(tmp_path / "reference" / "cells")) == 4
    assert not [path for path in (tmp_path / "reference").iterdir() if path.name.startswith(".") and path.is_dir()]


def test_a_stale_sweep_says_so_in_the_index_and_in_the_status(swept, tmp_path):
    published = reference.publish(swept, tmp_path / "reference")
    reference.publish(published, tmp_path / "reference", stale="the formula of the gate changed")
    assert "stale: the formula of the gate changed" in (tmp_path / "reference" / "README.md").read_text()
    assert reference.state(tmp_path / "reference")[0].endswith("stale: the formula of the gate changed")
    assert record_files.stale(reference.publish(published, tmp_path / "reference")) == "the formula of the gate changed"
    assert record_files.stale(reference.publish(published, tmp_path / "reference", stale="")) is None


def test_a_folder_without_anything_to_tell_is_refused(tmp_path, capsys):
    (tmp_path / "README.md").write_text("")
    assert verb("status")([str(tmp_path)]) == 2
    assert "contains no sweep plan" in capsys.readouterr().err
    assert verb("publish")([str(tmp_path / "nothing")]) == 2


def test_one_published_sweep_has_a_status_too(swept, tmp_path, capsys):
    published = reference.publish(swept, tmp_path / "reference")
    assert verb("status")([str(published)]) == 0
    assert capsys.readouterr().out.startswith(f"{published}: 4 records, ")


def test_what_cannot_be_written_is_a_sentence_and_no_trace(swept, capsys):
    (swept / "table.md").mkdir()
    assert verb("tables")([str(swept)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("refused: ") and "table.md" in err and len(err.strip().splitlines()) == 1


def test_a_sweep_ends_with_the_comparison_and_never_writes_into_the_reference(tmp_path):
    assert bench(tmp_path, *QUICK).returncode == 0
    assert bench(tmp_path, "publish", "runs/quick").returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "results").rglob("*") if path.is_file()}
    again = bench(tmp_path, *QUICK)
    assert again.returncode == 0
    assert "Changes from results/quick to runs/quick" in again.stdout and "within noise" in again.stdout
    other = bench(tmp_path, *QUICK, "data.limit=2500", "paths.results=other")
    assert other.returncode == 0
    assert "not compared with the reference" in other.stdout
    assert {path: path.read_bytes() for path in (tmp_path / "results").rglob("*") if path.is_file()} == before
