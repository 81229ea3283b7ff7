"""CSV, TensorBoard and MLflow, read back by their own libraries."""

import csv
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.tracking import RunInfo, Settings, check, open_run

CURVE = [(10, 2.5), (20, 2.25), (30, 2.125)]
INFO = RunInfo(
    "0123456789abcdef", "gru, seed 0", "paper/two", "train", {"cell": {"name": "gru"}, "paths": {"cache": "/x"}}, ["a"]
)


def say(settings: Settings, picture: Path | None = None) -> Any:
    """One whole run, told to a tracker."""
    tracker = open_run(settings, INFO)
    tracker.log_all([({"train/loss": value, "epoch": step / 10}, step) for step, value in CURVE])
    tracker.samples("samples", ["text"], [["to be"]])
    tracker.table("tables/two", ["cell", "f1"], [["gru", 0.5], ["lstm", None]])
    if picture is not None:
        tracker.picture("figures/curves", picture)
    tracker.summary({"status": "ok", "score/test/f1": 0.5})
    tracker.finish(ok=True)
    return tracker


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([0, 1])
    figure.savefig(tmp_path / "curves.png")
    return tmp_path / "curves.png"


def test_csv_files_have_the_curve_the_tables_and_the_settings(settings: Settings, picture: Path, home: Path) -> None:
    for _ in range(2):  # told anew, not twice
        say(replace(settings, name="csv"), picture)
    (folder,) = (home / "csv" / "paper" / "two").iterdir()
    rows = list(csv.DictReader((folder / "metrics.csv").open()))
    assert [(int(row["step"]), float(row["train/loss"])) for row in rows if row["train/loss"]] == CURVE
    assert [float(row["score/test/f1"]) for row in rows if row["score/test/f1"]] == [0.5]
    assert (folder / "tables" / "two.csv").read_text() == "cell,f1\ngru,0.5\nlstm,\n"
    assert (folder / "figures" / "curves.png").read_bytes() == picture.read_bytes()
    settings_written = (folder / "hparams.yaml").read_text()
    assert "gru" in settings_written and "status: ok" in settings_written and "/x" not in settings_written


def test_tensorboard_has_the_curve(settings: Settings, picture: Path, home: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    say(replace(settings, name="tensorboard"), picture)
    (folder,) = (home / "tensorboard" / "paper" / "two").iterdir()
    events = accumulator.EventAccumulator(str(folder))
    events.Reload()
    assert [(point.step, point.value) for point in events.Scalars("train/loss")] == CURVE
    assert events.Tags()["images"] == ["figures/curves"]
    assert "tables/two/text_summary" in events.Tags()["tensors"]


def test_mlflow_has_the_curve_and_the_files(
    settings: Settings, picture: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(home)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for _ in range(2):  # told anew, not twice
        say(replace(settings, name="mlflow", timeout_s=120), picture)
    client = mlflow.MlflowClient(f"sqlite:///{home / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("paper/two")
    (run,) = client.search_runs([experiment.experiment_id])
    assert [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "train/loss")] == CURVE
    assert run.data.tags["status"] == "ok" and run.info.status == "FINISHED"
    assert {item.path for item in client.list_artifacts(run.info.run_id, "tables")} == {"tables/two.csv"}


def test_several_at_once_hear_the_same(settings: Settings, home: Path) -> None:
    tracker = say(replace(settings, name="csv", also=["wandb"], mode="offline"))
    assert list((home / "csv").rglob("metrics.csv")) and list(home.glob("wandb/offline-run-*"))
    assert tracker.address.count(", ") == 1 and not tracker.online


def test_one_that_cannot_write_switches_itself_off_and_says_so_once(
    settings: Settings, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (home / "csv").write_text("a file where the folder should be")
    for _ in range(2):
        say(replace(settings, name="csv"))
    err = capfd.readouterr().err
    assert err.count("csv: ") == 1 and err.count("\n") == 1


@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_what_is_not_installed_is_said_before_anything_starts(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.tracking.settings.find_spec", lambda _: None)
    for changed in (replace(settings, name=name), replace(settings, also=[name])):
        with pytest.raises(ValueError, match=rf"needs a package that is not installed: pip install '\.\[{name}\]'\.$"):
            check(changed)


def test_ranks_other_than_0_say_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setitem(os.environ, "RANK", "1")
    say(replace(settings, name="csv"))
    assert not (home / "csv").exists()
