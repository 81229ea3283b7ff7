"""Weights on disk: whole, verified, and never a program."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from bench.training.checkpoint import Checkpoint


@pytest.fixture
def finished(tmp_path):
    checkpoint = Checkpoint(tmp_path / "x")
    checkpoint.save_best(nn.Linear(30, 30), {"step": 3, "vocabulary": ["a", "b"]})
    checkpoint.finish({"seconds": 1.5, "steps": 7})
    return checkpoint


def altered(content):
    """Cut and with one bit flipped, at every hundredth byte."""
    for position in range(0, len(content), 100):
        yield content[:position]
        yield content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def test_what_was_finished_is_trained_and_its_weights_come_back(finished):
    assert finished.trained() == {"seconds": 1.5, "steps": 7}
    first, second = nn.Linear(30, 30), nn.Linear(30, 30)
    finished.load_best(first)
    finished.load_best(second)
    assert first.weight.equal(second.weight)


@pytest.mark.parametrize("name", ["best.safetensors", "about.json"])
def test_a_cut_or_altered_file_is_no_training(finished, name):
    path = finished.folder / name
    content_before = path.read_bytes()
    for content in altered(content_before):
        path.write_bytes(content)
        assert finished.trained() is None
    path.write_bytes(content_before)
    assert finished.trained() is not None


def test_a_cut_summary_is_no_training(finished):
    content = finished.summary.read_bytes()
    for length in range(len(content)):
        finished.summary.write_bytes(content[:length])
        assert finished.trained() is None


def test_weights_replaced_after_the_end_are_no_training(finished):
    finished.save_best(nn.Linear(30, 30), {"step": 4})
    assert finished.trained() is None


def test_what_the_disk_spoils_does_not_replace_the_good_file(finished, monkeypatch):
    before = finished.weights.read_bytes()
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(path)[:-1] + b"?")
    with pytest.raises(OSError, match="other bytes than were written"):
        finished.save_best(nn.Linear(30, 30), {"step": 4})
    monkeypatch.undo()
    assert finished.weights.read_bytes() == before
    names = ["about.json", "best.safetensors", "best.sha256.json", "trained.json"]
    assert sorted(path.name for path in finished.folder.iterdir()) == names


@pytest.mark.parametrize("save", [pickle.dumps, None], ids=["pickle", "torch.save"])
def test_a_pickled_program_as_weights_is_never_run(finished, tmp_path, save):
    if save is None:
        torch.save(Payload(tmp_path / "canary"), finished.weights)
    else:
        finished.weights.write_bytes(save(Payload(tmp_path / "canary")))
    assert finished.trained() is None
    Checkpoint(finished.folder).finish({})
    with pytest.raises(SafetensorError):
        finished.load_best(nn.Linear(30, 30))
    assert not (tmp_path / "canary").exists()


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.mkdir, (self.path,)
