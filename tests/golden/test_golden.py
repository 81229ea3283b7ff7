"""The numbers of golden runs stay as they are, or a version says that they moved; and these runs notice what they are for."""

import json
from dataclasses import replace

import pytest

from bench.build import class_of

from . import runs

KNOWN = json.loads(runs.NUMBERS.read_text())
RECIPES = runs.recipes()


@pytest.fixture
def configured(compose, corpus_folder):
    """configured(name) -> the RunConfig of a golden run."""
    return lambda name: compose(*runs.overrides(RECIPES[name], corpus_folder))


NODES = {"cell": "cell", "model": "net", "task": "task", "decode": "decode"}


def advice(name, config):
    key = NODES.get(name.partition("=")[0], "net")
    made = class_of(getattr(config, key)["_target_"], key=key)
    return (
        f"the golden run {name} gave other numbers. If its formula was meant to change, raise `version` of what computes it "
        f"({made.__name__} in {made.__module__}, or what it is made of; `scoring` of the task where scores alone moved; "
        f"TRAINING in bench/jobs/identity.py where all runs moved), then: python tests/golden/write.py {name}"
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", RECIPES)
def test_the_numbers_stand(configured, tmp_path, name):
    assert name in KNOWN, f"{name} has no golden numbers yet: python tests/golden/write.py"
    config = configured(name)
    with runs.in_float64():
        numbers = runs.numbers(config, tmp_path)
    assert numbers == _close(KNOWN[name]), advice(name, config)


def test_no_numbers_of_what_is_gone():
    assert not set(KNOWN) - set(RECIPES)


def test_a_task_that_chooses_by_its_training_split_is_noticed(configured, tmp_path, monkeypatch):
    from bench.tasks.classification import Classification

    monkeypatch.setattr(Classification, "monitor_loader", lambda self: self.score_loader("train"))
    with runs.in_float64():
        assert runs.numbers(configured("task=text_classification"), tmp_path) != _close(KNOWN["task=text_classification"])


def test_another_step_of_the_optimiser_is_noticed(configured, tmp_path):
    config = configured("task=char_lm")
    nudged = replace(config, optimiser=replace(config.optimiser, lr=config.optimiser.lr * (1 + 1e-6)))
    with runs.in_float64():
        assert runs.numbers(nudged, tmp_path) != _close(KNOWN["task=char_lm"])


def _close(numbers):
    if isinstance(numbers, dict):
        return {key: _close(value) for key, value in numbers.items()}
    if isinstance(numbers, list):
        return [_close(value) for value in numbers]
    return pytest.approx(numbers, rel=1e-9, abs=1e-12) if isinstance(numbers, float) else numbers
