"""A run without an account, read back from disk."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.tracking import Settings, Tracker

Start = Callable[..., Tracker]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_everything_logged_is_on_disk(
    start: Start, settings: Settings, stored: Callable[[], list[Any]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "curve.png"
    picture.write_bytes(PNG)
    tracker = start(settings, config={"cell": "gru", "stack": {"depth": 2}, "seed": 0})
    for step in (50, 100, 150):
        tracker.log({"train/nats_per_char": 3.0 - step / 100, "tokens": 2048.0 * step}, step=step)
    tracker.log({"validation/nats_per_char": 1.75}, step=150)
    tracker.samples("samples", ["title", "text"], [["greedy", "To be, ünd"], ["sample", ""]])
    tracker.table("table", ["cell", "seeds", "value"], [["gru", 3, 1.5], ["elman", 3, None], ["published", None, 1.4697]])
    tracker.picture("curve", picture)
    tracker.summary({"status": "ok", "test/nats_per_char": 1.8})
    tracker.finish(ok=True)

    (stored_run,) = stored()
    assert stored_run.folder.name.startswith("offline-run-")
    assert {name: stored_run.config[name] for name in ("cell", "stack", "seed")} == {
        "cell": "gru",
        "stack": {"depth": 2},
        "seed": 0,
    }
    run = stored_run.run
    assert (run.display_name, run.run_group, run.job_type, list(run.tags)) == ("gru seed 0", "quick", "train", ["char_lm"])
    assert run.project == "bench-test"
    assert stored_run.exit_code == 0
    assert stored_run.curve("train/nats_per_char") == [(50, 2.5), (100, 2.0), (150, 1.5)]
    assert stored_run.curve("tokens") == [(50, 102400.0), (100, 204800.0), (150, 307200.0)]
    assert stored_run.curve("validation/nats_per_char") == [(150, 1.75)]
    assert stored_run.summary["test/nats_per_char"] == 1.8
    assert stored_run.summary["status"] == "ok"
    table = stored_run.table("table")
    assert table["columns"] == ["cell", "seeds", "value"]
    assert table["data"] == [["gru", 3, 1.5], ["elman", 3, None], ["published", None, 1.4697]]
    assert stored_run.table("samples")["data"] == [["greedy", "To be, ünd"], ["sample", ""]]
    (image,) = stored_run.folder.glob("files/media/images/curve_*.png")
    assert image.read_bytes() == PNG
    assert capfd.readouterr() == ("", "")


def test_a_curve_is_summed_up_by_its_best_value(start: Start, settings: Settings, stored: Callable[[], list[Any]]) -> None:
    tracker = start(settings)
    for step, value in enumerate((3.0, 1.0, 2.0)):
        tracker.log({"validation/nats_per_char": value, "validation/f1": 10 * value, "train/lr": value}, step=step)
    tracker.summary({"score/validation/nats_per_char": 1.5})
    tracker.finish(ok=True)
    (stored_run,) = stored()
    assert stored_run.summary["validation/nats_per_char"] == {"min": 1.0, "last": 2.0}
    assert stored_run.summary["validation/f1"] == {"max": 30.0, "last": 20.0}
    assert stored_run.summary["train/lr"] == 2.0
    assert stored_run.summary["score/validation/nats_per_char"] == 1.5


@pytest.mark.parametrize(("rank", "runs"), [("0", 1), ("1", 0), ("7", 0)])
def test_no_rank_but_the_first_logs(
    start: Start, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rank: str, runs: int
) -> None:
    monkeypatch.setenv("RANK", rank)
    tracker = start(settings)
    tracker.log({"loss": 1.0}, step=1)
    tracker.finish(ok=True)
    assert len(list(tmp_path.glob("wandb/*run-*"))) == runs


@pytest.mark.parametrize("artifacts", [True, False])
def test_weights_are_kept_where_that_is_asked_for(
    start: Start, settings: Settings, stored: Callable[[], list[Any]], tmp_path: Path, artifacts: bool
) -> None:
    weights = tmp_path / "best.safetensors"
    weights.write_bytes(b"weights")
    tracker = start(replace(settings, artifacts=artifacts))
    tracker.artifact("checkpoint-paper/x", "model", [weights])
    tracker.finish(ok=True)
    (stored_run,) = stored()
    assert [(artifact.name, artifact.type) for artifact in stored_run.artifacts] == (
        [("checkpoint-paper-x", "model")] if artifacts else []
    )
    contents = [path.read_bytes() for path in tmp_path.glob("artifacts/staging/*") if path.is_file()]
    assert (b"weights" in contents) == artifacts


def test_two_runs_of_a_process_are_two_runs(start: Start, settings: Settings, stored: Callable[[], list[Any]]) -> None:
    for name, value in (("first", 1.0), ("second", 2.0)):
        tracker = start(settings, name=name, config={"name": name})
        tracker.log({"loss": value}, step=1)
        tracker.finish(ok=name == "second")
        tracker.finish(ok=True)
    first, second = stored()
    assert first.run.run_id != second.run.run_id
    assert [stored_run.config["name"] for stored_run in (first, second)] == ["first", "second"]
    assert [stored_run.curve("loss") for stored_run in (first, second)] == [[(1, 1.0)], [(1, 2.0)]]
    assert [stored_run.exit_code for stored_run in (first, second)] == [1, 0]


def test_a_run_does_not_join_one_that_was_never_finished(
    start: Start, settings: Settings, stored: Callable[[], list[Any]]
) -> None:
    unfinished = start(settings, name="left open")
    unfinished.log({"loss": 1.0}, step=1)
    tracker = start(settings, name="second")
    tracker.log({"loss": 2.0}, step=1)
    tracker.finish(ok=True)
    unfinished.finish(ok=False)
    assert {stored_run.run.display_name: stored_run.curve("loss") for stored_run in stored()} == {
        "left open": [(1, 1.0)],
        "second": [(1, 2.0)],
    }


def test_what_wandb_refuses_costs_only_what_follows(
    start: Start,
    settings: Settings,
    stored: Callable[[], list[Any]],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tracker = start(settings)
    tracker.log({"loss": 1.0}, step=1)
    tracker.picture("missing", tmp_path / "missing.png")
    tracker.finish(ok=True)
    (stored_run,) = stored()
    assert stored_run.curve("loss") == [(1, 1.0)]
    assert stored_run.exit_code == 0
    assert capfd.readouterr().err.count("\n") == 1


def test_the_folder_of_the_settings_counts_without_wandb_dir(
    start: Start, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_DIR")
    start(replace(settings, dir=str(tmp_path / "elsewhere"))).finish(ok=True)
    assert len(list(tmp_path.glob("elsewhere/wandb/offline-run-*/*.wandb"))) == 1
    assert list(tmp_path.glob("wandb/*run-*")) == []


def test_track_none_leaves_nothing(start: Start, settings: Settings, tmp_path: Path) -> None:
    tracker = start(replace(settings, name="none"))
    tracker.log({"loss": 1.0}, step=1)
    tracker.table("table", ["a"], [[1]])
    tracker.picture("missing", tmp_path / "missing.png")
    tracker.finish(ok=False)
    assert list(tmp_path.iterdir()) == []


def test_wandb_is_not_imported_before_a_run_is_opened() -> None:
    program = (
        "import sys; from bench.tracking import RunInfo, Settings, check, open_run\n"
        "nowhere = Settings('none', 'p', None, 'auto', 1)\n"
        "check(nowhere); open_run(nowhere, RunInfo('', '', '', '', {}, []))\n"
        "sys.exit('wandb' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
