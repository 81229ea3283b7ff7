"""`python -m bench.sync`: offline runs reach the server once, whole, and under the ids that they always have."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command import verb
from synthetic import Builder

from bench.config.schema import SweepConfig
from bench.records import record, record_files
from bench.sweeps.dashboard import publish
from bench.tables import columnar, sweep_table
from bench.tables.comparison import comparisons_of
from bench.tracking import SUMMARY, Settings, Tracker, stable_id, upload

Start = Callable[..., Tracker]
PUBLISHED = {"name": "theirs", "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "a paper"}

main = verb("sync")


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Records of two cells and two seeds, as a sweep called cells leaves them."""
    make = Builder()
    folder = tmp_path / "results" / "cells"
    for cell in ("gru", "lstm"):
        for seed in (0, 1):
            track = {"track": {"name": "wandb", "project": "bench-test", "entity": None, "mode": "auto", "timeout_s": 20}}
            record.write(make(cell=cell, seed=seed, config=track, report={"title": "Cells", "literature": [PUBLISHED]}), folder)
    return folder


@pytest.fixture
def offline(sweep: Path, settings: Settings, start: Start, stored: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sweep with one run of a record and the summary run, tracked while there was no server."""
    tables = made_tables(sweep)
    away = replace(settings, mode="offline")
    report = SweepConfig(
        name="cells", title="Cells", note="", rows=[], seeds=None, tune={}, baseline=None, claims=[], literature=[]
    )
    run = start(away, name="run0001", group="cells")
    run.log({"validation/nats_per_char": 2.5}, step=1)
    run.finish(ok=True)
    publish(sweep, report, away, tables)
    assert len(stored()) == 2
    return sweep


def made_tables(folder: Path) -> list[Any]:
    comparisons = comparisons_of(record_files.read_all(folder))
    return [*sweep_table.tables(comparisons), *sweep_table.further(comparisons)]


def test_runs_arrive_once_down_to_the_cells(offline: Path, server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(offline)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{offline}: 2 runs sent, 0 already sent, ") and out.count("\n") == 1
    summary = stable_id("cells", SUMMARY)
    assert {run["name"] for run in server.runs} == {stable_id("cells", "run0001"), summary}
    assert [row["validation/nats_per_char"] for row in server.history if "validation/nats_per_char" in row] == [2.5]
    (shown,) = (body for name, body in server.files.items() if name.startswith(f"{summary}/media/table/tables/cells/"))
    columns, rows = columnar.rows(made_tables(offline)[0])
    table = json.loads(shown)
    assert table["columns"] == ["sweep", "task", "data", *columns] and [row[3:] for row in table["data"]] == rows
    assert [row[columns.index("cell")] for row in rows] == ["gru", "lstm", None]
    assert [row[columns.index("published")] for row in rows] == [None, None, "theirs"]

    runs, history, files = len(server.runs), len(server.history), dict(server.files)
    assert main([str(offline)]) == 0
    assert capsys.readouterr().out.startswith(f"{offline}: 0 runs sent, 2 already sent, ")
    assert (len(server.runs), len(server.history), server.files) == (runs, history, files)


def test_of_a_run_that_ran_again_the_newest_is_sent(
    offline: Path, server: Any, start: Start, settings: Settings, stored: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    time.sleep(1.1)  # the folders of runs are told apart by the second
    again = start(replace(settings, mode="offline"), name="run0001", group="cells")
    again.log({"validation/nats_per_char": 1.5}, step=1)
    again.finish(ok=True)
    stored()
    assert main([str(offline)]) == 0
    assert "1 older files of the same runs left out" in capsys.readouterr().out
    assert [row["validation/nats_per_char"] for row in server.history if "validation/nats_per_char" in row] == [1.5]


def test_a_folder_without_records_or_runs_is_refused(sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, sentence in ((tmp_path / "none", "There is no folder"), (sweep, "holds no offline runs of this sweep")):
        assert main([str(folder)]) == 2
        err = capsys.readouterr().err
        assert sentence in err and err.count("\n") == 1


def test_without_a_key_nothing_is_sent(offline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(offline)]) == 2
    err = capsys.readouterr().err
    assert "needs an API key and none was found" in err and err.count("\n") == 1


@pytest.mark.usefixtures("no_server")
def test_a_server_that_is_not_there_is_said(offline: Path, capfd: pytest.CaptureFixture[str], key: str) -> None:
    assert main([str(offline)]) == 1
    out, err = capfd.readouterr()
    assert "did not answer" in err and err.count("\n") == 1 and out == ""
    assert key not in err


def test_a_server_that_falls_silent_is_not_waited_for(
    offline: Path, server: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upload, "_greet", lambda timeout_s: server.answering.clear())
    monkeypatch.setattr(upload, "SILENCE_S", 3.0)
    assert main([str(offline)]) == 1
    err = capfd.readouterr().err
    assert "2 of 2 runs were not sent (the server accepted nothing for 3 seconds)" in err and err.count("\n") == 1


def test_the_key_is_in_no_file_of_a_sync(offline: Path, server: Any, home: Path, key: str) -> None:
    assert main([str(offline)]) == 0
    assert [path for path in home.rglob("*") if path.is_file() and key.encode() in path.read_bytes()] == []
