"""`python -m bench.probe` from outside, and what every probe must have."""

import shutil
from types import SimpleNamespace

import pytest
from command import SMALL, bench, records, verb

from bench.errors import DataError
from bench.probes import find, names


@pytest.mark.parametrize("name", names())
def test_a_probe_has_what_the_command_asks_for(name):
    probe = find(name)
    assert {"title", "note"} <= set(probe.REPORT) <= {"title", "note", "tune"}
    assert isinstance(probe.TRAINS, bool)
    without = SimpleNamespace(task=object(), config=SimpleNamespace(task={"name": "name_tagging"}))
    with pytest.raises(DataError, match="needs a text, which task=name_tagging does not have"):
        probe.groups([without])


def test_a_sweep_is_trained_asked_and_tabled_once(tmp_path):
    words = ("gradient_flow", "cell=elman,lstm", "seed=0,1", *SMALL)
    first = bench(tmp_path, "probe", *words)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "runs" / "gradient_flow"
    by_run_id = records(folder)
    assert len(by_run_id) == 4
    for record in by_run_id.values():
        assert len(record["train"]["gradient_flow"]["start"]) == len(record["train"]["gradient_flow"]["trained"]) == 128
        assert 0 < record["metrics"]["validation"]["gradient_rate_start"]["value"] < 1.5
    assert figures(folder) == {"gradient_flow-start.svg", "gradient_flow-trained.svg"}
    table = (folder / "table.md").read_text()
    assert "![gradient_flow-start]" in table
    assert "Scores are on the validation split, which was also used to choose the checkpoint." in table
    again = bench(tmp_path, "probe", *words)
    assert again.returncode == 0
    assert again.stderr.count("already done") == 4
    assert records(folder) == by_run_id


def test_the_cost_needs_no_training_and_is_measured_once_a_row(tmp_path):
    words = ("step_cost", "cell=elman,mingru", "seed=0,1", *SMALL, "data.limit=9000")
    first = bench(tmp_path, "probe", *words)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "runs" / "step_cost"
    by_run_id = records(folder)
    assert sorted(record["config"]["cell"]["name"] for record in by_run_id.values()) == ["elman", "mingru"]
    assert not (tmp_path / "cache" / "recurrent-bench" / "checkpoints").exists()
    for record in by_run_id.values():
        assert [len(samples) for samples in record["train"]["step_cost"]["seconds"]] == [2] * 8
        assert record["parameters"] > 0
        assert 0 < record["metrics"]["train"]["seconds_exponent"]["value"] < 2
    assert {"cost-seconds.svg"} <= figures(folder) <= {"cost-seconds.svg", "cost-memory.svg"}
    table = (folder / "table.md").read_text()
    assert "train seconds exponent" in table and "validation text" not in table.split("Data:")[0]
    former = folder.rename(tmp_path / "runs" / "cost")  # as by an earlier release
    again = bench(tmp_path, "probe", "cost", *words[1:])
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("probe cost is now called probe step_cost; the old name is read for this release") == 1
    assert records(former) == by_run_id and not folder.exists()


def test_lengths_are_asked_of_trained_weights(tmp_path):
    words = ("length", "cell=elman,feedforward", *SMALL)
    first = bench(tmp_path, "probe", *words)
    assert first.returncode == 0, first.stderr
    folder, runs = tmp_path / "runs" / "length", records(tmp_path / "runs" / "single")
    by_run_id = records(folder)
    assert len(by_run_id) == len(runs) == 2
    carried = {run["train_id"]: run["metrics"]["validation"]["nats_per_char"]["value"] for run in runs.values()}
    for record in by_run_id.values():
        metrics = record["metrics"]["validation"]
        assert list(metrics) == [f"nats_per_char_{name}" for name in ("carried", "zero_T", "zero_2T", "zero_8T")]
        assert metrics["nats_per_char_carried"]["value"] == pytest.approx(carried[record["train_id"]], rel=1e-5)
    assert "| feedforward |" in (folder / "table.md").read_text()
    shutil.rmtree(tmp_path / "cache")
    shutil.rmtree(folder)
    lost = bench(tmp_path, "probe", *words)
    assert lost.returncode == 2
    assert "are no longer in paths.cache: delete its record to train it again." in lost.stderr


def figures(folder):
    return {path.name for path in (folder / "figures").glob("*.svg")}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["flow"], f"the probe flow is unknown: give one of {', '.join(names())}."),
        (["gradient_flow", "task=name_tagging"], "needs a text"),
        (["gradient_flow", "model=ngram"], "and model=ngram is no such net: give model=aligned."),
        (["step_cost", "data.limit=65536"], "the training text has 65,536 tokens, but a window of 2048 in each of"),
        (["gradient_flow", "cell=gru,nope"], "cell=nope is unknown"),
    ],
)
def test_refusals_are_a_sentence(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert verb("probe")(words) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
