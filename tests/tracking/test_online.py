"""Runs with an account, against a server on the loopback address."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.tracking import Settings, Tracker

Start = Callable[..., Tracker]


def test_the_server_receives_the_run(start: Start, settings: Settings, server: Any, capfd: pytest.CaptureFixture[str]) -> None:
    tracker = start(settings, config={"cell": "gru"})
    for step in (1, 2, 3):
        tracker.log({"loss": 4.0 / step}, step=step)
    tracker.finish(ok=True)
    assert [(row["step"], row["loss"]) for row in server.history] == [(1, 4.0), (2, 2.0), (3, 4.0 / 3)]
    variables = server.runs[0]
    assert (variables["project"], variables["groupName"], variables["jobType"]) == ("bench-test", "quick", "train")
    assert json.loads(variables["config"])["cell"]["value"] == "gru"
    assert capfd.readouterr() == ("", "")


def test_the_server_receives_tables_and_weights(start: Start, settings: Settings, server: Any, tmp_path: Path) -> None:
    weights = tmp_path / "best.safetensors"
    weights.write_bytes(b"weights")
    tracker = start(replace(settings, artifacts=True))
    tracker.table("tables/table", ["cell", "depth", "value"], [["gru", 1, 1.5], ["lstm", None, 1.25]])
    tracker.artifact("checkpoint-1", "model", [weights])
    assert tracker.online
    tracker.finish(ok=True)
    (shown,) = (body for name, body in server.files.items() if "media/table/tables/table_" in name)
    assert json.loads(shown) == {
        "columns": ["cell", "depth", "value"],
        "data": [["gru", 1, 1.5], ["lstm", None, 1.25]],
    }
    artifacts = {(artifact["artifactCollectionName"], artifact["artifactTypeName"]) for artifact in server.artifacts}
    assert ("checkpoint-1", "model") in artifacts


def test_a_server_that_falls_silent_loses_nothing(
    start: Start,
    settings: Settings,
    server: Any,
    stored: Callable[[], list[Any]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    short = replace(settings, timeout_s=1)
    tracker = start(short, name="first")
    server.answering.clear()
    for step in (1, 2, 3):
        tracker.log({"loss": float(step)}, step=step)
    tracker.finish(ok=True)
    request_count = server.requests
    following = start(short, name="second")
    following.log({"loss": 4.0}, step=4)
    following.finish(ok=True)
    assert server.requests == request_count
    first, second = stored()
    assert first.curve("loss") == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert second.curve("loss") == [(4, 4.0)]
    assert second.folder.name.startswith("offline-run-")
    assert capfd.readouterr().err.count("\n") == 1


def test_the_key_is_in_no_file(start: Start, settings: Settings, server: Any, home: Path, key: str) -> None:
    tracker = start(settings)
    tracker.log({"loss": 1.0}, step=1)
    tracker.finish(ok=True)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".wandb" for path in files)
    assert [path for path in files if key.encode() in path.read_bytes()] == []
