"""A sweep as wandb sees it, from the command to the cells of its table."""

import csv
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import SMALL, bench, records, start, wait_for

from bench.tracking import SUMMARY, stable_id

Read = Callable[[], list[Any]]
OFFLINE = (*(word for word in SMALL if not word.startswith("track")), "track.mode=offline")


def test_a_sweep_is_told_apart_grouped_and_summed_up(home: Path, stored: Read) -> None:
    words = ("cell=gru,lstm", "seed=0,1", "sweep.name=paper/two", "track.artifacts=true", "trainer.log_every_steps=1")
    done = bench(home, "-m", *words, *OFFLINE)
    assert done.returncode == 0, done.stderr
    folder = home / "runs" / "paper" / "two"
    *trained, summary = stored()
    by_run_id = records(folder)
    assert {run.run.run_id for run in trained} == {stable_id("paper/two", run_id) for run_id in by_run_id}
    assert {run.run.display_name for run in trained} == {f"{cell}, seed {seed}" for cell in ("gru", "lstm") for seed in (0, 1)}
    assert {run.run.run_group for run in [*trained, summary]} == {"paper/two"}
    for run in trained:
        record = by_run_id[run.config["run_id"]]
        assert list(run.run.tags) == ["char_lm", record["data"]["name"], record["config"]["cell"]["name"]]
        curve = [value for _, value in run.curve("validation/nats_per_char")]
        assert run.summary["validation/nats_per_char"] == {"min": min(curve), "last": curve[-1]}
        score = record["metrics"]["validation"]["nats_per_char"]["value"]
        assert run.summary["score/validation/nats_per_char"] == score
        norms = dict(run.curve("gradient/stack.forward_cells.0"))
        assert set(norms) == set(dict(run.curve("train/gradient_norm"))) and min(norms.values()) > 0
        assert [(artifact.name, artifact.type) for artifact in run.artifacts] == [("checkpoint-" + record["train_id"], "model")]
        assert run.table("samples")["columns"][-1] == "text"
        assert run.curve("epoch")[-1][1] == pytest.approx(record["train"]["epochs"])
        assert run.summary["training/steps"] == record["train"]["steps"] and run.summary["commit"] == record["code"]["commit"]
        assert 2**27 < run.summary["peak_memory_bytes"] < 2**33  # torch alone takes more than 128 MiB
        assert str(home) not in json.dumps(run.config) and "paths" not in run.config

    assert (summary.run.run_id, summary.run.job_type) == (stable_id("paper/two", SUMMARY), "summary")
    assert [(artifact.name, artifact.type) for artifact in summary.artifacts] == [("records-paper-two", "records")]
    shown = summary.table(f"tables/paper/two/char_lm/{record['data']['name']}")
    assert shown["columns"][:3] == ["sweep", "task", "data"]
    assert {tuple(row[:3]) for row in shown["data"]} == {("paper/two", "char_lm", record["data"]["name"])}
    with open(folder / "table.csv", newline="") as file:
        printed = list(csv.DictReader(file))
    assert [row[shown["columns"].index("cell")] for row in shown["data"]] == [row["cell.name"] for row in printed]
    column = shown["columns"].index("validation nats per char (nats/character)")
    key = "validation.nats_per_char [nats/character]"
    assert [row[column] for row in shown["data"]] == [float(row[key]) for row in printed]
    of_runs = summary.table("runs")
    run_id, rate = (of_runs["columns"].index(name) for name in ("run_id", "speed.train_tokens_per_second"))
    rates = {name: measured["speed"]["train_tokens_per_second"]["median"] for name, measured in by_run_id.items()}
    assert {row[run_id]: row[rate] for row in of_runs["data"]} == rates
    assert f"python -m bench sync {folder.relative_to(home)} sends it" in done.stdout
    pictures = {path.name.rpartition("_")[0].rpartition("_")[0] for path in summary.folder.glob("files/media/images/figures/*")}
    assert pictures == {path.stem for path in (folder / "figures").glob("*.png")} != set()


def test_an_interrupted_training_and_a_further_decoding_tell_the_whole_curve(home: Path, stored: Read) -> None:
    words = ("seed=0", *OFFLINE, "trainer.epochs=100", "trainer.log_every_steps=1", "speed.rounds=0")
    process = start(home, *words)
    wait_for(lambda: list(home.rglob("best.safetensors")))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130 and list(home.rglob("snapshot-*"))
    for further in ((), ("decode.temperature=0.5",)):
        assert bench(home, *words, *further).returncode == 0
    cut, *complete = (run for run in stored() if run.run.job_type == "train")
    by_run_id = records(home / "runs" / "single")
    for run in complete:
        curve = by_run_id[run.config["run_id"]]["train"]["curve"]
        assert run.curve("train/loss") == list(zip(curve["step"], curve["loss"], strict=True))
        assert [step for step, _ in run.curve("gradient/embedding")] == curve["step"]
        steps = [step for step, _ in run.curve("validation/nats_per_char")]
        assert steps == curve["validation_step"] and len(steps) == 100
    assert len(complete) == 2 and 0 < len(cut.curve("train/loss")) < len(complete[0].curve("train/loss"))


def test_of_two_ranks_one_is_seen(home: Path, stored: Read) -> None:
    done = bench(home, *OFFLINE, "trainer.devices=2", "trainer.accelerator=cpu", "speed.rounds=0", "trainer.log_every_steps=1")
    assert done.returncode == 0, done.stderr
    trained, _ = stored()
    (record,) = records(home / "runs" / "single").values()
    assert trained.curve("train/loss") == list(
        zip(record["train"]["curve"]["step"], record["train"]["curve"]["loss"], strict=True)
    )
    steps = [step for step, _ in trained.curve("gradient/embedding")]
    assert steps == record["train"]["curve"]["step"]


def test_pictures_stand_under_what_they_show(home: Path, stored: Read) -> None:
    words = ("task=translation", "data=cmudict", "data.limit=200", "trainer.epochs=1", "stack.hidden_size=8", "speed.rounds=0")
    done = bench(home, *words, "track.mode=offline")
    assert done.returncode == 0, done.stderr
    trained, _ = stored()
    shown = {path.name.partition("_")[0] for path in trained.folder.glob("files/media/images/attention/*.png")}
    assert shown == {"1", "2", "3", "4"}
    (record,) = records(home / "runs" / "single").values()
    scores = {key.removeprefix("score/test/"): value for key, value in trained.summary.items() if key.startswith("score/test/")}
    assert scores == {name: metric["value"] for name, metric in record["metrics"]["test"].items()}
