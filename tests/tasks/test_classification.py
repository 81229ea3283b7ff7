"""Tasks of one class a row: what is scored, what is written, and that every yaml trains through the command.

A new one's right answers are a new function here, marked `@judge` and named as the task.
"""

import json
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import choices
import pytest
import torch
from bench.tasks.classification import Classification
from bench.tasks.image_classification import order
from torch import nn

from bench.config.factory import make_net, make_task
from bench.errors import ConfigError, DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.task import evaluate

SIGNS = ("minus", "plus")
GIVEN: dict[str, str] = {}
"""Task -> what it reads here; `{0}` is the folder of the files."""
RIGHT: dict[str, Callable[[Any, torch.Tensor], int]] = {}
"""Task -> the right class of the steps of a row, by the rule of the data."""


def judge(overrides: str) -> Callable[..., None]:
    def keep(right: Callable[[Any, torch.Tensor], int]) -> None:
        GIVEN[right.__name__], RIGHT[right.__name__] = overrides, right

    return keep


@judge(
    "data=labelled data.text.min_frequency=1 data.train={0}/train.tsv data.validation={0}/validation.tsv data.test={0}/test.tsv"
)
def text_classification(task, steps):
    words = [task.data.vocabulary.words[number - 1] if number else "" for number in steps.tolist()]
    return task.classes.index("up" if words[0] == "good" else "down")


@judge("")
def image_classification(task, steps):
    return numbers_by_pixels(task)[steps.contiguous().numpy().tobytes()]


@judge("data.places.kind=files paths.data={0}")
def audio_classification(task, steps):
    return task.classes.index(SIGNS[int(steps[0, 0] > 0)])


@cache
def numbers_by_pixels(task):
    """The number of every image, by its pixels."""
    pixels, numbers = task.data.pixels, task.data.numbers
    pairs = (pair for split in pixels for pair in zip(pixels[split], numbers[split], strict=True))
    return {image.numpy().tobytes(): number for image, number in pairs}


@pytest.mark.parametrize("name", choices.of_class("task", Classification))
def test_every_task_of_one_class_a_row_is_judged_here(name):
    if name not in RIGHT:
        pytest.fail(
            f"task={name} has no right answers to be judged by: write the class of a row as a function {name}, marked @judge "
            "with the words that name small files, in tests/tasks/test_classification.py.",
            pytrace=False,
        )


@pytest.fixture
def make_classification(compose, tmp_path):
    """make_classification(task, *overrides) -> (config, task).

    Texts of good and bad words, digits, sequences that begin below or above 0.
    """
    mixed = [f"{'good' if n % 3 else 'bad'} " + "film " * (n % 5) + f"number {n}" for n in range(90)]
    for split, part in (("train", mixed[:60]), ("validation", mixed[60:75]), ("test", mixed[75:])):
        (tmp_path / f"{split}.tsv").write_text("".join(f"{'up' if text[0] == 'g' else 'down'}\t{text}\n" for text in part))
    (tmp_path / "japanese_vowels").mkdir()
    for split, rows in (("TRAIN", range(20)), ("TEST", range(20, 33))):
        lines = [
            ":".join(",".join(str((2 * (n % 2) - 1) * (step + 1) + side) for step in range(1 + n % 4)) for side in (0.1, 0.2))
            + f":{SIGNS[n % 2]}\n"
            for n in rows
        ]
        (tmp_path / "japanese_vowels" / f"JapaneseVowels_{split}.ts").write_text("@data\n" + "".join(lines))

    def make(name, *overrides):
        config = compose(f"task={name}", *GIVEN[name].format(tmp_path).split(), *overrides)
        return config, make_task(config)

    return make


class Oracle(nn.Module):
    """Answers from what is read, by the rule of the data; `drawn`: the generator of answers that follow none."""

    def __init__(self, name, task, drawn=None):
        super().__init__()
        self.name, self.task, self.drawn = name, task, drawn
        self.nothing = nn.Parameter(torch.zeros(1))

    def right(self, batch):
        for row, steps in enumerate(batch.inputs_BT):
            steps = steps if batch.lengths_B is None else steps[: batch.lengths_B[row]]
            yield RIGHT[self.name](self.task, steps)

    def answers(self, batch):
        if self.drawn is not None:
            return torch.rand(len(batch.targets_B), len(self.task.classes), generator=self.drawn)
        return 30 * nn.functional.one_hot(torch.tensor(list(self.right(batch))), len(self.task.classes)).float()


@pytest.mark.parametrize("name", RIGHT)
def test_an_oracle_is_perfect_whatever_the_batches(make_classification, name):
    for size in (7, 64):
        _, task = make_classification(name, f"evaluation.batch_size={size}")
        for split in task.splits():
            metrics = evaluate(task, Oracle(name, task), task.score_loader(split))
            assert metrics["accuracy"].value == metrics["macro_f1"].value == 100
            assert metrics["accuracy"].count == task.describe_data()["splits"][split]
            assert metrics["nats_per_answer"].value < 1e-6


def test_answers_drawn_at_random_are_right_by_chance(make_classification):
    _, task = make_classification("image_classification")
    generator = torch.Generator().manual_seed(0)
    scored = [evaluate(task, Oracle("image_classification", task, generator), task.score_loader("test")) for _ in range(20)]
    assert sum(metrics["accuracy"].value for metrics in scored) / 20 == pytest.approx(10, abs=1.5)
    assert sum(metrics["macro_f1"].value for metrics in scored) / 20 == pytest.approx(10, abs=1.5)


@pytest.mark.parametrize("name", RIGHT)
def test_equal_logits_cost_the_logarithm_of_the_classes(make_classification, name):
    _, task = make_classification(name)
    net = Oracle(name, task)
    net.answers = lambda batch: torch.zeros(len(batch.targets_B), len(task.classes))
    metrics = evaluate(task, net, task.score_loader("test"))
    assert metrics["nats_per_answer"].value == pytest.approx(math.log(len(task.classes)))


@pytest.mark.parametrize("name", RIGHT)
def test_the_guess_level_is_the_most_frequent_class(make_classification, name):
    _, task = make_classification(name)
    classes = task.rows["test"].target.flat.bincount()
    level = evaluate(task, Oracle(name, task), task.score_loader("test"))["guess_accuracy"]
    assert level.value == pytest.approx(100 * float(classes.max() / classes.sum())) and level.better == ""


@pytest.mark.parametrize("name", RIGHT)
def test_examples_are_in_the_order_of_the_data_with_both_classes(make_classification, name):
    _, task = make_classification(name, "evaluation.samples=3", "evaluation.batch_size=7")
    net = Oracle(name, task)
    outputs = task.outputs(net, None, 0)
    lines = [line.split("\t") for line in outputs.files["tsv"].splitlines()]
    classes = [task.classes[number] for number in task.rows["test"].target.flat.tolist()]
    assert lines[0] == ["read", "class", "given"] and len(outputs.rows) == 3
    assert [line[1] for line in lines[1:]] == [line[2] for line in lines[1:]] == classes
    assert [line[0] for line in lines[1:]] == list(task.shown("test"))


@pytest.mark.parametrize("name", RIGHT)
def test_loaders_and_digests_repeat(make_classification, name):
    (_, first), (_, second) = make_classification(name), make_classification(name)
    assert first.describe_data() == second.describe_data()
    for ours, theirs in zip(first.train_loader(8, 3), second.train_loader(8, 3), strict=True):
        assert ours.inputs_BT.equal(theirs.inputs_BT) and ours.targets_B.equal(theirs.targets_B)
    other = next(iter(second.train_loader(8, 4)))
    ours = next(iter(first.train_loader(8, 3)))
    assert ours.inputs_BT.shape != other.inputs_BT.shape or not ours.inputs_BT.equal(other.inputs_BT)


def test_pixels_are_the_rows_one_after_another_and_a_permutation_moves_them_all_alike(make_classification):
    tasks = {
        (reading, permuted): make_classification("image_classification", f"task.read={reading}", f"task.permuted={permuted}")[1]
        for reading in ("rows", "pixels")
        for permuted in ("false", "true")
    }
    batches = {key: task.rows["test"].batch(torch.arange(5)).inputs_BT for key, task in tasks.items()}
    images = tasks["rows", "false"].data.pixels["test"][:5]
    assert batches["rows", "false"].equal(images) and batches["pixels", "false"].equal(images.reshape(5, 64, 1))
    moved = images.reshape(5, 64)[:, order(64)]
    assert batches["pixels", "true"].equal(moved[:, :, None]) and batches["rows", "true"].equal(moved.reshape(5, 8, 8))
    assert sorted(order(64).tolist()) == list(range(64)) and order(64).tolist()[:8] != list(range(8))


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("net", [[], ["stack.direction=bidirectional", "net.pooling=attention", "net.output_dropout=0.3"]])
def test_through_the_command(make_classification, tmp_path, name, net):
    small = ("evaluation.samples=3", "stack.hidden_size=4", "trainer.max_steps=2", "speed.rounds=0", *net)
    config, _ = make_classification(name, *small, f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    job = prepare(config)
    record = run(job, "")
    assert record.status == "ok" and record.train["steps"] == 2
    assert next(iter(record.metrics["test"])) == job.task.primary
    assert {"accuracy", "macro_f1", "guess_accuracy", "nats_per_answer"} <= set(record.metrics["test"])
    lines = (job.folder / "samples" / f"{job.run_id}.tsv").read_text().splitlines()
    assert len(lines) == 1 + record.data["splits"]["test"]
    json.dumps(job.task.vocabulary())


def test_texts_are_learnt(make_classification):
    config, task = make_classification("text_classification", "cell=gru", "stack.hidden_size=16", "net.pooling=max")
    torch.manual_seed(0)
    net = make_net(config, task)
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for epoch in range(15):
        loader = task.train_loader(16, 0)
        loader.set_epoch(epoch)
        for batch in loader:
            (loss, count), _ = net.loss(batch, None)
            optimiser.zero_grad()
            (loss / count).backward()
            optimiser.step()
    metrics = evaluate(task, net, task.score_loader("test"))
    assert metrics["accuracy"].value > 90 > metrics["guess_accuracy"].value


@pytest.mark.parametrize(
    ("name", "override", "words"),
    [
        ("image_classification", "task.read=columns", r"^task\.read=columns is unknown: give rows or pixels\.$"),
        (
            "text_classification",
            "evaluation.samples=-1",
            r"^evaluation\.samples=-1 is out of range: give a number of at least 0",
        ),
        ("audio_classification", "evaluation.batch_size=0", r"^evaluation\.batch_size=0 is out of range"),
        (
            "audio_classification",
            "net.embedding_size=3",
            r"^net\.embedding_size=3 is refused: the steps of this task are vectors",
        ),
    ],
)
def test_bad_settings_are_one_sentence(make_classification, name, override, words):
    with pytest.raises((DataError, ConfigError, ValueError), match=words):
        prepare(make_classification(name, override)[0])


def test_each_task_names_the_data_sets_that_it_can_read(compose):
    with pytest.raises(
        ConfigError, match=r"^data=mnist cannot be used with task=text_classification: give one of .*labelled.*sst2"
    ):
        prepare(compose("task=text_classification", "data=mnist"))
    with pytest.raises(
        ConfigError, match=r"^data=sst2 cannot be used with task=audio_classification: give one of japanese_vowels, rec"
    ):
        prepare(compose("task=audio_classification", "data=sst2"))


def test_answers_are_not_drawn(make_classification):
    with pytest.raises(DataError, match=r"give decode=greedy\.$"):
        prepare(make_classification("audio_classification", "decode=sample")[0])
