"""The drawn tasks: their rules read row by row in plain Python, their guess levels, and that they can be learnt.

A new one's rule is a new function here, marked `@rule` and named as the task; all else follows from conf/task/.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import choices
import pytest
import torch
from bench.tasks.synthetic import Synthetic
from torch import nn
from tracked_by_hand import TRACKED

from bench.config.factory import make_net, make_task
from bench.errors import ConfigError, DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.metrics.accuracy import percent
from bench.task import evaluate

TASKS = choices.of_class("task", Synthetic)


@dataclass(frozen=True)
class Rule:
    """`answers`: what is asked of one sequence: a number, a class, or {step: class}.

    Sequences by `short` are learnt in so many `steps`. `further` are settings of the task itself that change what is drawn.
    """

    answers: Callable[[list[Any], Any], Any]
    short: list[str]
    steps: int
    further: list[str]


RULES: dict[str, Rule] = {}


def rule(*, short: list[str], steps: int = 100, further: list[str] | None = None) -> Callable[..., None]:
    def keep(answers: Callable[[list[Any], Any], Any]) -> None:
        RULES[answers.__name__] = Rule(answers, short, steps, further or [])

    return keep


@rule(short=["data.length=4"], steps=150)
def adding(inputs, task):
    length = task.data.lengths["test"]
    marked = [index for index, (_, mark) in enumerate(inputs) if mark == 1]
    assert len(inputs) == length and len(marked) == 2 and marked[0] < length // 2 <= marked[1]
    return sum(inputs[index][0] for index in marked)


@rule(short=["data.length=10"])
def temporal_order(inputs, task):
    length = task.data.lengths["test"]
    signals = [(index, token - 4) for index, token in enumerate(inputs) if token >= 4]
    assert len(inputs) == length and len(signals) == 2
    assert length // 10 <= signals[0][0] < length // 5 and length // 2 <= signals[1][0] < 6 * length // 10
    return 2 * signals[0][1] + signals[1][1]


@rule(short=["data.length=3"])
def parity(inputs, task):
    assert len(inputs) == task.data.lengths["test"]
    return inputs.count(1) % 2


@rule(short=["data.length=2", "task.remembered=2", "task.symbols=3"], further=["task.symbols=7", "task.remembered=3"])
def copy_memory(inputs, task):
    length, symbols, remembered = task.data.lengths["test"], task.symbols, task.remembered
    assert (
        inputs[remembered:] == [symbols] * (length - 1) + [symbols + 1] * (remembered + 1)
        and max(inputs[:remembered]) < symbols
    )
    return {length + remembered + index: symbol for index, symbol in enumerate(inputs[:remembered])}


@rule(short=["data.length=2", "task.symbols=3"], further=["task.symbols=7"])
def reverse(inputs, task):
    length = task.data.lengths["test"]
    assert inputs[length:] == [task.symbols] * length and max(inputs[:length]) < task.symbols
    return {2 * length - 1 - index: symbol for index, symbol in enumerate(inputs[:length])}


@rule(short=["data.length=12", "task.max_depth=2"], further=["task.kinds=3", "task.max_depth=3"])
def dyck(inputs, task):
    open_now, expected = [], {}
    for index, token in enumerate(inputs):
        if token < task.kinds:
            open_now.append(token)
        else:
            assert open_now.pop() == token - task.kinds  # what closes is what was opened last
            expected[index] = open_now[-1] if open_now else task.kinds
        assert len(open_now) <= task.max_depth
    assert len(inputs) == task.data.lengths["test"]
    return expected


@rule(
    short=["data.length=6", "data.test_length=6", "task.problem=s3"],
    steps=200,
    further=["data.min_length=4", "task.problem=even_pairs"],
)
def state_tracking(inputs, task):
    assert task.data.min_length <= len(inputs) <= task.data.lengths["test"]
    return TRACKED[task.problem.name](inputs)


@rule(short=["data.length=8", "task.pairs=1", "task.vocabulary=6"], steps=200, further=["task.pairs=3", "task.vocabulary=64"])
def associative_recall(inputs, task):
    half, pairs = task.size // 2, task.pairs
    assert len(inputs) == 2 * pairs + task.data.lengths["test"]
    keys, values = inputs[0 : 2 * pairs : 2], inputs[1 : 2 * pairs : 2]
    assert set(keys) <= set(range(1, half + 1)) and set(values) <= set(range(half + 1, 2 * half + 1))
    assert len(set(keys)) == len(set(values)) == pairs
    queries = {step: token for step, token in enumerate(inputs) if step >= 2 * pairs and token != 0}
    assert sorted(queries.values()) == sorted(keys)
    return {step: values[keys.index(key)] - half - 1 for step, key in queries.items()}


@rule(
    short=["data.length=5", "task.remembered=2", "task.symbols=3"], steps=200, further=["task.symbols=7", "task.remembered=3"]
)
def selective_copying(inputs, task):
    length, noise, remembered = task.data.lengths["test"], task.symbols, task.remembered
    assert inputs[length:] == [noise + 1] * remembered and max(inputs[:length]) <= noise
    copied = [token for token in inputs[:length] if token < noise]
    assert len(copied) == remembered
    return {length + index: symbol for index, symbol in enumerate(copied)}


@pytest.mark.parametrize("name", TASKS)
def test_every_drawn_task_has_its_rule_here(name):
    if name not in RULES:
        pytest.fail(
            f"task={name} has no rule to be judged by: write what is asked of one sequence as a function {name}, marked @rule, "
            "in tests/tasks/test_synthetic.py.",
            pytrace=False,
        )


@pytest.fixture
def make_synthetic(compose):
    """make_synthetic(task, *overrides) -> (config, task)."""

    def make(name, *overrides):
        config = compose(f"task={name}", *overrides)
        return config, make_task(config)

    return make


def of_numbers(task):
    """Whether an answer is a number, and no class."""
    return not hasattr(task, "classes")


def rows_of(batch):
    """The sequences without their padding."""
    rows = batch.inputs_BT.tolist()
    return rows if batch.lengths_B is None else [row[:length] for row, length in zip(rows, batch.lengths_B, strict=True)]


class Oracle(nn.Module):
    """Answers by the rule; `guess` None, or the class that it always gives."""

    def __init__(self, name, task, guess=None):
        super().__init__()
        self.name, self.task, self.guess = name, task, guess
        self.nothing = nn.Parameter(torch.zeros(1))

    def answers(self, batch):
        answers = [RULES[self.name].answers(row, self.task) for row in rows_of(batch)]
        if of_numbers(self.task):
            return torch.tensor(answers)[:, None]
        classes = torch.tensor(answers if self.guess is None else [self.guess] * len(answers))
        return nn.functional.one_hot(classes, self.task.classes).float()

    def scores(self, batch):
        logits_BTK = torch.zeros(*batch.inputs_BT.shape, self.task.classes)
        if self.guess is not None:
            logits_BTK[:, :, self.guess] = 1.0
            return logits_BTK
        for row, inputs in enumerate(rows_of(batch)):
            for step, answer in RULES[self.name].answers(inputs, self.task).items():
                logits_BTK[row, step, answer] = 1.0
        return logits_BTK


@pytest.mark.parametrize("name", RULES)
def test_an_oracle_that_follows_the_rule_is_always_right(make_synthetic, name):
    _, task = make_synthetic(name)
    for split in task.splits():
        metrics = evaluate(task, Oracle(name, task), task.score_loader(split))
        assert metrics["accuracy"].value == 100
        if of_numbers(task):
            assert metrics["mse"].value < 1e-12
        if "exact_match" in metrics:
            assert metrics["exact_match"].value == 100 and metrics["exact_match"].count == 1000


@pytest.mark.parametrize("name", RULES)
def test_the_guess_level_is_what_the_best_constant_answer_gets(make_synthetic, name):
    _, task = make_synthetic(name)
    if of_numbers(task):
        pytest.skip("the best number is held below, by its definition")
    rows = [RULES[name].answers(row, task) for batch in task.score_loader("test") for row in rows_of(batch)]
    answers = Counter(answer for row in rows for answer in (row.values() if isinstance(row, dict) else [row]))
    ((guess, count),) = answers.most_common(1)
    guessed = evaluate(task, Oracle(name, task, guess), task.score_loader("test"))
    assert guessed["accuracy"].value == pytest.approx(100 * count / answers.total())
    level = evaluate(task, Oracle(name, task), task.score_loader("test"))["guess_accuracy"]
    assert level.value == guessed["accuracy"].value and level.better == ""


def test_guess_levels_are_those_of_the_definitions(make_synthetic):
    def levels(name, *overrides):
        task = make_synthetic(name, *overrides)[1]
        return evaluate(task, Oracle(name, task), task.score_loader("test"))

    added = levels("adding", "data.test=20000")
    assert added["guess_mse"].value == pytest.approx(1 / 6, rel=0.02)
    assert added["guess_accuracy"].value == pytest.approx(100 * (1 - (1 - 0.04) ** 2), rel=0.1)
    assert levels("temporal_order", "data.test=20000")["guess_accuracy"].value == pytest.approx(25, abs=1)
    assert levels("parity", "data.test=20000")["guess_accuracy"].value == pytest.approx(50, abs=1)
    assert levels("reverse", "data.test=5000")["guess_accuracy"].value == pytest.approx(100 / 8, abs=0.5)
    assert levels("selective_copying", "data.test=5000")["guess_accuracy"].value == pytest.approx(100 / 8, abs=0.5)
    recalled = levels("associative_recall", "task.vocabulary=16", "data.test=5000")
    assert recalled["guess_accuracy"].value == pytest.approx(100 / 8, abs=0.5)
    permuted = levels("state_tracking", "task.problem=s3", "data.test=1000")
    assert permuted["guess_accuracy"].value == pytest.approx(100 / 6, abs=0.5)
    copied = levels("copy_memory", "data.length=1000", "data.test=10", "data.validation=1")
    assert copied["guess_nats_per_step"].value == pytest.approx(0.0204, abs=5e-5)  # arXiv:1803.01271
    assert copied["nats_per_step"].count == 10 * 1020


def test_recall_asks_soon_and_for_its_keys_in_any_order(make_synthetic):
    """A value by counting, whatever its key, is right once in four."""
    _, task = make_synthetic("associative_recall", "data.length=24", "data.test=8000")
    rows = [row for batch in task.score_loader("test") for row in batch.inputs_BT.tolist()]
    pairs_by_turn = Counter()
    for row in rows:
        keys = row[0:8:2]
        pairs_by_turn.update((turn, keys.index(key)) for turn, key in enumerate(filter(None, row[8:])))
    assert len(pairs_by_turn) == 16
    assert all(count / len(rows) == pytest.approx(0.25, abs=0.025) for count in pairs_by_turn.values())

    weights = [(slot + 1) ** -0.99 for slot in range(12)]

    def never(slot, drawn, left):
        others = sum(weights) - sum(weights[other] for other in drawn)
        rest = [other for other in range(12) if other != slot and other not in drawn]
        return 1 if left == 0 else sum(weights[other] / others * never(slot, (*drawn, other), left - 1) for other in rest)

    for slot in (0, 1, 11):
        asked = sum(row[8 + 2 * slot] != 0 for row in rows) / len(rows)
        assert asked == pytest.approx(1 - never(slot, (), 4), abs=0.02)


@pytest.mark.parametrize("name", RULES)
def test_short_ones_are_learnt(make_synthetic, name):
    config, task = make_synthetic(name, "cell=gru", "stack.hidden_size=32", "data.train=6400", *RULES[name].short)
    torch.manual_seed(0)
    net = make_net(config, task)
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    loader = task.train_loader(64, 0)
    for step in range(RULES[name].steps):
        if step % len(loader) == 0:
            loader.set_epoch(step)
            batches = iter(loader)
        (loss, count), _ = net.loss(next(batches), None)
        optimiser.zero_grad()
        (loss / count).backward()
        optimiser.step()
    metrics = evaluate(task, net, task.score_loader("test"))
    assert next(iter(metrics)) == task.primary
    if of_numbers(task):
        assert metrics["mse"].value < 0.1 * metrics["guess_mse"].value
    else:
        assert metrics["accuracy"].value > 95 > metrics["guess_accuracy"].value + 20


@pytest.mark.parametrize("name", TASKS)
def test_the_digest_is_of_what_is_drawn(make_synthetic, name):
    further = RULES[name].further if name in RULES else []
    words = ["data.train=9", "data.test=9", "data.length=20", "data.test_length=20", *further]
    digests = [
        make_synthetic(name, *change)[1].describe_data()["sha256"] for change in ([], ["seed=3"], *([word] for word in words))
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == len(digests) - 1


@pytest.mark.parametrize("name", TASKS)
def test_through_the_command(make_synthetic, tmp_path, name):
    data = ("data.length=10", "data.test_length=11", "data.train=8", "data.validation=5", "data.test=5")
    small = ("evaluation.samples=3", "stack.hidden_size=4", "trainer.batch_size=4", "trainer.epochs=1")
    config, _ = make_synthetic(name, *data, *small, f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    job = prepare(config)
    record = run(job, "")
    assert record.status == "ok" and record.train["steps"] == 2
    assert math.isfinite(record.metrics["test"][job.task.primary]["value"])
    assert {"accuracy", "guess_accuracy"} < set(record.metrics["test"])
    lines = (job.folder / "samples" / f"{job.run_id}.tsv").read_text().splitlines()
    assert len(lines) == 4 and all(line.count("\t") == 2 for line in lines)
    lengths = "length 10, 11" if job.task.data.min_length is None else "lengths 3 to 10, up to 11"
    assert record.data["notes"][0] == f"sequences are drawn, of {lengths} in the test, new ones in every epoch of training"


@pytest.mark.parametrize(
    ("name", "overrides", "words"),
    [
        ("adding", ["data.length=1"], r"^data\.length=1 is out of range: this task needs a number of at least 2"),
        ("temporal_order", ["data.test_length=9"], r"^data\.test_length=9 is out of range: this task needs .* at least 10"),
        ("copy_memory", ["task.symbols=1"], r"^task\.symbols=1 is out of range"),
        ("copy_memory", ["task.remembered=0"], r"^task\.remembered=0 is out of range"),
        ("reverse", ["task.symbols=1"], r"^task\.symbols=1 is out of range"),
        ("dyck", ["task.max_depth=0"], r"^task\.max_depth=0 is out of range"),
        ("parity", ["evaluation.samples=-1"], r"^evaluation\.samples=-1 is out of range"),
        ("associative_recall", ["task.pairs=0"], r"^task\.pairs=0 is out of range"),
        ("associative_recall", ["task.vocabulary=6"], r"^task\.vocabulary=6 is refused with task\.pairs=4: .* at least 8\.$"),
        ("associative_recall", ["task.vocabulary=9"], r"^task\.vocabulary=9 is refused with task\.pairs=4: .* an even number"),
        ("associative_recall", ["data.length=7"], r"^data\.length=7 is out of range: this task needs .* at least 8"),
        ("selective_copying", ["task.remembered=0"], r"^task\.remembered=0 is out of range"),
        ("selective_copying", ["task.symbols=1"], r"^task\.symbols=1 is out of range"),
        ("selective_copying", ["data.length=3"], r"^data\.length=3 is out of range: this task needs .* at least 4"),
        (
            "state_tracking",
            ["task.problem=partiy"],
            r"^task\.problem=partiy is refused \(did you mean parity\?\): choose one of",
        ),
        (
            "state_tracking",
            ["evaluation.lengths=[4,4]"],
            r"^evaluation\.lengths=\[4, 4\] is refused: give whole numbers from 1",
        ),
        ("state_tracking", ["evaluation.lengths=[a]"], r"^evaluation\.lengths=\['a'\] is refused: give whole numbers from 1"),
        ("state_tracking", ["data.length=2"], r"^data\.min_length=3 is out of range: .* from 1 to data\.length=2"),
        ("state_tracking", ["data.test_length=2"], r"^data\.min_length=3 is out of range: .* from 1 to data\.test_length=2"),
        ("state_tracking", ["data.min_length=0"], r"^data\.min_length=0 is out of range"),
        ("parity", ["data.min_length=3"], r"^data\.min_length=3 is refused: all sequences of this task are of one length"),
        ("state_tracking", ["stack.direction=bidirectional"], r"^stack\.direction=bidirectional is not allowed"),
        ("dyck", ["stack.direction=bidirectional"], r"^stack\.direction=bidirectional is not allowed with task=dyck"),
    ],
)
def test_bad_settings_are_one_sentence(make_synthetic, name, overrides, words):
    with pytest.raises((DataError, ConfigError), match=words):
        make_synthetic(name, *overrides)


def test_answers_are_not_drawn(make_synthetic):
    config, _ = make_synthetic("parity", "decode=sample")
    with pytest.raises(DataError, match=r"give decode=greedy\.$"):
        prepare(config)


def test_a_sequence_that_asks_nothing_is_no_exact_match(make_synthetic):
    _, task = make_synthetic("dyck", "data.length=2", "data.train=8", "data.validation=64", "data.test=8")
    batch = next(iter(task.score_loader("validation")))
    rows_asked = int(batch.asked_BT.any(1).sum())
    assert 0 < rows_asked < len(batch.inputs_BT)

    class Right:
        def scores(self, batch):
            return torch.nn.functional.one_hot(batch.targets_BT, task.classes).float()

    counts, _ = task.score(Right(), batch, None)
    assert (counts["exact"], counts["rows"]) == (rows_asked, rows_asked)


def test_a_share_of_no_answers_is_no_number():
    assert math.isnan(percent(0, 0, "higher").value) and percent(1, 4, "higher").value == 25
