"""No trouble with wandb ends a run, holds it up, or is told more than once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.tracking import Settings, Tracker, init, tracker

Start = Callable[..., Tracker]
Read = Callable[[], list[Any]]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modes in which runs were tried, in order."""
    modes: list[str] = []
    begin = init.begin

    def noting(settings: dict[str, Any], mode: Any, timeout_s: float, *, better: Any) -> Any:
        modes.append(mode)
        return begin(settings, mode, timeout_s, better=better)

    monkeypatch.setattr(init, "begin", noting)
    return modes


@pytest.mark.usefixtures("no_server")
def test_without_a_server_runs_go_on_offline(
    start: Start, settings: Settings, stored: Read, tried: list[str], home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        tracked = start(replace(settings, timeout_s=1), name=name)
        tracked.log({"loss": 2.0}, step=7)
        tracked.finish(ok=True)
    assert tried == ["online", "offline", "offline"]
    assert [(run.run.display_name, run.curve("loss"), run.exit_code) for run in stored()] == [
        ("first", [(7, 2.0)], 0),
        ("second", [(7, 2.0)], 0),
    ]
    assert list(home.glob("wandb/run-*")) == []
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("wandb: CommError: ") and err.count("\n") == 1


@pytest.mark.parametrize("key", ["too short", "x" * 40])
def test_a_refused_key_means_offline(
    start: Start,
    settings: Settings,
    stored: Read,
    server: Any,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", key)
    server.refuses = True
    tracked = start(replace(settings, timeout_s=2))
    tracked.log({"loss": 2.0}, step=7)
    tracked.finish(ok=True)
    assert [run.curve("loss") for run in stored()] == [[(7, 2.0)]]
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert key not in err


def test_a_killed_core_costs_one_run_and_one_line(
    start: Start,
    settings: Settings,
    stored: Read,
    signal_core: Callable[[signal.Signals], int],
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("first", "second"):
        tracked = start(settings, name=name)
        tracked.log({"loss": 2.0}, step=7)
        signal_core(signal.SIGKILL)
        for step in range(100):
            tracked.log({"loss": 1.0}, step=step)
        tracked.summary({"status": "ok"})
        tracked.table("table", ["a"], [[1]])
        tracked.finish(ok=True)
    tracked = start(settings, name="third")
    tracked.log({"loss": 3.0}, step=7)
    tracked.finish(ok=True)
    assert {run.run.display_name: run.curve("loss") for run in stored()}["third"] == [(7, 3.0)]
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("wandb: ") and err.count("\n") == 1


def test_a_core_that_hangs_is_waited_for_no_longer_than_said(
    start: Start,
    settings: Settings,
    signal_core: Callable[[signal.Signals], int],
    is_alive: Callable[[int], bool],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tracked = start(settings)
    pid = signal_core(signal.SIGSTOP)
    monkeypatch.setattr(tracked, "_limit_s", 0.3)
    monkeypatch.setattr(tracker, "PATIENCE_S", 0.3)
    tracked.log({"loss": 1.0}, step=1)
    tracked.finish(ok=True)
    assert not is_alive(pid)
    assert capfd.readouterr().err.count("\n") == 1


def test_a_courier_with_too_much_to_carry_gives_up(
    start: Start,
    settings: Settings,
    stored: Read,
    signal_core: Callable[[signal.Signals], int],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tracked = start(settings)
    signal_core(signal.SIGSTOP)
    monkeypatch.setattr(tracked, "_limit_s", 0.3)
    monkeypatch.setattr(tracker, "PATIENCE_S", 0.3)
    for step in range(100_000):
        tracked.log({"loss": 1.0}, step=step)
    tracked.finish(ok=True)
    assert capfd.readouterr().err.count("\n") == 1


def test_without_wandb_runs_go_on(
    start: Start, settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    for _ in range(2):
        tracked = start(settings)
        tracked.log({"loss": 1.0}, step=1)
        tracked.finish(ok=True)
    monkeypatch.undo()
    assert capfd.readouterr().err.count("\n") == 1


PROGRAM = """
import os, signal, sys
from pathlib import Path
from bench.tracking import RunInfo, Settings, open_run

run = open_run(Settings("wandb", "p", None, "auto", 1.0), RunInfo("i", "n", "g", "train", {}, []))
run.log({"loss": 2.0}, step=7)
if sys.argv[1] == "kill":
    for stat in Path("/proc").glob("[0-9]*/stat"):
        name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        if name == "wandb-core" and int(rest.split()[1]) == os.getpid():
            os.kill(int(stat.parent.name), signal.SIGKILL)
run.finish(ok=True)
"""


@pytest.mark.parametrize(("end", "lines"), [("kill", 2), ("let live", 1)])
def test_the_exit_is_prompt_quiet_and_zero(end: str, lines: int, server: Any) -> None:
    """With a server that takes connections and never answers, where wandb alone would wait at exit for half a minute."""
    server.answering.clear()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment.pop("WANDB_ERROR_REPORTING", None)
    command = [sys.executable, "-c", PROGRAM, end]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("wandb: CommError: ")
    assert done.stderr.count("\n") == lines
