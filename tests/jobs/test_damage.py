"""Weights that are damaged behind a job's back: they are trained again, that is said, and no score comes of them."""

import pytest
from command import SMALL

from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.training.checkpoint import Checkpoint, DamagedWeights


@pytest.fixture
def ran(compose, tmp_path):
    """ran(name) -> (the record, the checkpoint) of the same job in a folder of its own."""

    def make(name, *words):
        room = tmp_path / name
        job = prepare(compose(*SMALL, *words, f"paths.results={room}/runs", f"paths.cache={room}/cache"))
        return run(job, ""), job.checkpoint()

    return make


def flip(path):
    content = path.read_bytes()
    path.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])


def once(before, name, monkeypatch):
    """The method of a checkpoint, with something that befalls it before its first call."""
    real, calls = getattr(Checkpoint, name), []

    def method(self, *arguments):
        if not calls:
            calls.append(name)
            before(self)
        return real(self, *arguments)

    monkeypatch.setattr(Checkpoint, name, method)


@pytest.mark.parametrize("moment", ["finish", "load_best"])
def test_weights_damaged_by_the_end_of_their_training_are_trained_again(ran, monkeypatch, capsys, moment):
    calm, undamaged = ran("calm")
    once(lambda checkpoint: flip(checkpoint.weights), moment, monkeypatch)
    record, checkpoint = ran("damaged")
    assert (record.status, record.metrics) == ("ok", calm.metrics)
    assert checkpoint.weights.read_bytes() == undamaged.weights.read_bytes()
    assert "they are trained again, from the last good snapshot" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["best.safetensors", "about.json", "trained.json"])
def test_a_finished_training_that_is_damaged_before_it_is_scored_otherwise_is_trained_again(ran, capsys, name):
    calm, checkpoint = ran("one")
    content = checkpoint.weights.read_bytes()
    flip(checkpoint.folder / name)
    record, _ = ran("one", "evaluation.sample_length=31")
    assert (record.status, record.run_id == calm.run_id) == ("ok", False)
    assert {**record.train, "seconds": 0} == {**calm.train, "seconds": 0}
    assert checkpoint.weights.read_bytes() == content
    assert "is damaged; it is trained again" in capsys.readouterr().err


def test_one_digit_of_a_finished_trainings_summary_is_not_believed(ran):
    _, checkpoint = ran("one")
    text = checkpoint.summary.read_text()
    checkpoint.summary.write_text(text.replace('"best_step": ', '"best_step": 1', 1))
    assert checkpoint.trained() is None and checkpoint.damaged()


def test_a_disk_that_damages_weights_every_time_fails_the_job(ran, monkeypatch):
    def always(self):
        raise DamagedWeights("the best weights are damaged")

    monkeypatch.setattr(Checkpoint, "best_files", always)
    record, _ = ran("one")
    assert (record.status, record.error["type"]) == ("failed", "DamagedWeights")
