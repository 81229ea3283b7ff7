"""What chooses checkpoints is read from the validation split: of every task of conf/task/, row by row, on small files."""

from collections import Counter
from dataclasses import fields, is_dataclass

import choices
import pytest
import torch
from golden import corpus, runs

from bench.config.factory import make_task

ONE_BY_ONE = {"task": "monitor_lanes", "evaluation": "batch_size"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    corpus.write(folder)
    return folder


@pytest.fixture(params=choices.names("task"))
def task(request, compose, files):
    """The task as golden runs read it, a row a batch where it says how many there are, so that no row has padding."""
    overrides = runs.overrides(f"task={request.param}", files)
    config = compose(*overrides)
    further = [f"{group}.{key}=1" for group, key in ONE_BY_ONE.items() if key in getattr(config, group)]
    return make_task(compose(*overrides, *further))


def tensors(batch):
    """Of a batch and of what it holds; without the places that rows have in their split."""
    for name, value in ((attribute.name, getattr(batch, attribute.name)) for attribute in fields(batch)):
        if is_dataclass(value):
            yield from tensors(value)
        elif isinstance(value, torch.Tensor) and name not in ("index_B", "origins_B"):
            yield name, value


def content(loader):
    """How often each row comes: all its numbers, by the names of their tensors."""
    counts = Counter()
    for batch in loader:
        named = dict(tensors(batch))
        size = len(next(iter(named.values())))
        for row in range(size):
            numbers = {name: value[row] if len(value) == size else value for name, value in named.items()}
            counts[repr({name: value.tolist() for name, value in sorted(numbers.items())})] += 1
    return counts


def test_the_monitor_reads_the_validation_split_and_no_other(task):
    """Splits that are drawn may share some rows. The windows of a text differ in width between training and scoring, so that
    there the first comparison alone tells."""
    watched = content(task.monitor_loader())
    assert watched == content(task.score_loader("validation"))
    others = [task.score_loader(split) for split in task.splits() if split != "validation"]
    for other in (task.train_loader(1, seed=0), *others):
        assert (watched & content(other)).total() < watched.total() / 2
