"""What a finished sweep prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.config.schema import SweepConfig
from bench.sweeps import closing, dashboard
from bench.tables import make_all
from bench.terminal import VERBOSE
from bench.tracking import Settings

Lay = Callable[..., Path]
CLAIM = {"claim": "An LSTM reads better", "better": {"cell.name": "lstm"}, "than": {"cell.name": "elman"}}


@pytest.fixture
def folder(make: Any, lay: Lay) -> Path:
    return lay([make(cell=cell, seed=seed, report={"claims": [CLAIM]}) for cell in ("elman", "lstm") for seed in (0, 1, 2)])


def test_one_table_and_the_verdicts_stand_at_the_end_and_captions_where_they_are_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = make_all(folder)
    monkeypatch.delenv(VERBOSE, raising=False)
    closing.show(tables, folder)
    brief = capsys.readouterr().out
    assert tables.main[0].title in brief and "elman" in brief
    (told,) = [line for line in brief.splitlines() if line.startswith(CLAIM["claim"])]
    verdict = told.removeprefix(f"{CLAIM['claim']}: ")
    assert verdict and f"| {verdict} |" in (folder / "table.md").read_text().replace("**", "")
    assert not any(sentence in brief for sentence in tables.main[0].caption)
    assert brief.endswith(f"published figures and findings: {folder}/table.md, or -v\n")
    monkeypatch.setenv(VERBOSE, "1")
    closing.show(tables, folder)
    whole = capsys.readouterr().out
    assert CLAIM["claim"] in whole and all(sentence in whole for sentence in tables.main[0].caption)
    assert "or -v" not in whole


@pytest.mark.parametrize(
    ("statuses", "onward"),
    [
        (["ok", "ok"], "to go on: the same command; what is done is not run again"),
        (
            ["ok", None, "diverged"],
            "to go on: 2 jobs are not ok (python -m bench status runs/x): the same command; what is done is not run again",
        ),
    ],
)
def test_the_last_lines_say_where_everything_lies_and_how_to_go_on(
    statuses: list[str | None], onward: str, capsys: pytest.CaptureFixture[str]
) -> None:
    closing.say_where(Path("runs/x"), "offline", statuses)
    assert capsys.readouterr().out.splitlines() == [
        "",
        "records, tables and figures: runs/x",
        "report: python -m bench report runs/x",
        "tracked: offline",
        onward,
    ]


@pytest.mark.parametrize(
    ("name", "address", "online", "shown"),
    [
        ("none", "", False, "nothing was tracked (track=none)"),
        ("wandb", "", False, "nothing was tracked"),
        ("wandb", "wandb/offline-run-x", False, "wandb/offline-run-x; python -m bench sync {folder} sends it"),
        ("wandb", "https://wandb.ai/us/bench/runs/x", True, "https://wandb.ai/us/bench/runs/x"),
        ("csv", "csv/cells", False, "csv/cells"),
    ],
)
def test_the_sweep_in_wandb_is_named_by_its_address_or_by_what_sends_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, address: str, online: bool, shown: str
) -> None:
    calls = dict.fromkeys(("table", "picture", "artifact", "finish"), lambda *_, **__: None)
    monkeypatch.setattr(dashboard, "open_run", lambda *_: SimpleNamespace(**calls, address=address, online=online))
    monkeypatch.setattr(dashboard, "save_layout", lambda *_: None)
    tables = make_all(folder)
    settings = Settings(name=name, project="bench", entity=None, mode="auto", timeout_s=1.0)
    tracked = dashboard.publish(folder, SweepConfig(name="cells"), settings, [*tables.main, *tables.further])
    assert tracked == shown.format(folder=folder)
