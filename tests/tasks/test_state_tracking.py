"""State tracking: every problem beside plain Python, examples worked by hand, and accuracy by the length of the prefix."""

from itertools import permutations

import pytest
import torch
from bench.tasks.state_tracking import PROBLEMS
from tracked_by_hand import SIGNS, TRACKED

from bench.config.factory import make_net, make_task
from bench.metrics.metric import add


@pytest.fixture
def make_tracking(compose):
    """make_tracking(*overrides) -> the task, over few sequences."""
    return lambda *overrides: make_task(compose("task=state_tracking", "data.validation=60", "data.test=60", *overrides))


def drawn(name, lengths, seed=0):
    return PROBLEMS[name].draw(torch.tensor(lengths), torch.Generator().manual_seed(seed))


def test_every_problem_has_its_rule_in_plain_python():
    assert set(TRACKED) == set(PROBLEMS)


@pytest.mark.parametrize("name", PROBLEMS)
def test_answers_are_those_of_plain_python_at_every_length(name):
    lengths = [*range(1, 46), 256]
    for inputs, targets, asked, length in zip(*drawn(name, lengths), lengths, strict=True):
        answers = TRACKED[name](inputs[:length].tolist())
        assert asked.nonzero().flatten().tolist() == sorted(answers)
        assert {step: int(targets[step]) for step in answers} == answers
        assert not inputs[length:].any() and not targets[length:].any()


@pytest.mark.parametrize(
    ("name", "symbols", "answers"),
    [
        ("parity", [1, 0, 1, 1], [1, 1, 0, 1]),
        ("even_pairs", [1, 1, 0, 1], [0, 0, 1, 0]),
        ("cycle_navigation", [2, 2, 0, 1, 1, 1], [4, 3, 3, 4, 0, 1]),
        ("modular_arithmetic", [3, 7, 4, 6, 2], [3, 5, 2, 5, 0]),  # 3 * 4 - 2; 5 is the blank
        ("modular_arithmetic", [2, 6, 3, 7, 3], [2, 5, 4, 5, 3]),  # 2 - 3 * 3, whose product comes first
        ("s3", [1, 2, 2], [1, 3, 1]),  # exchange 1 and 2, then 0 and 1: thing 0 goes to 1, 1 to 2, 2 to 0
        ("s3", [2, 1], [2, 4]),  # the order matters
    ],
)
def test_examples_worked_by_hand(name, symbols, answers):
    assert PROBLEMS[name].answers(torch.tensor([symbols])).tolist() == [answers]


def test_a5_has_sixty_even_permutations_and_stays_among_them():
    group = PROBLEMS["a5"].group
    assert len(set(group)) == 60 == PROBLEMS["a5"].tokens and set(group) < set(permutations(range(5)))
    assert (1, 0, 2, 3, 4) not in group and (1, 2, 0, 3, 4) in group
    _, targets_BT, _ = drawn("a5", [200] * 20)
    assert set(targets_BT.flatten().tolist()) == set(range(60))


def test_brackets_nest_and_every_operator_and_length_is_drawn():
    inputs_BT, _, asked_BT = drawn("modular_arithmetic_brackets", [41] * 200)
    texts = ["".join(SIGNS[symbol] for symbol in row) for row in inputs_BT.tolist()]
    assert len(set(texts)) == 200 and asked_BT.sum(1).eq(1).all() and asked_BT[:, 40].all()
    depths = [max(text[:end].count("(") - text[:end].count(")") for end in range(len(text))) for text in texts]
    assert min(depths) >= 3 and len(set(depths)) >= 4
    assert all(sign in "".join(texts) for sign in ("+-", "--", "*(", "-(", "(-"))


@pytest.mark.parametrize("name", PROBLEMS)
def test_answers_are_spread_over_the_classes(name):
    _, targets_BT, asked_BT = drawn(name, [60] * 2000)
    problem = PROBLEMS[name]
    shares = targets_BT[asked_BT].bincount(minlength=problem.classes) / asked_BT.sum()
    values = problem.classes if problem.blank is None else problem.blank
    assert len(shares[:values]) == values and shares[:values].min() > 0.5 / values and shares.max() < 2.5 / values


def test_lengths_are_all_those_of_the_range_and_training_never_sees_longer_ones(make_tracking):
    task = make_tracking("data.train=3000", "data.test=3000")
    train = torch.cat([batch.lengths_B for batch in task.train_loader(100, 0)])
    assert set(train.tolist()) == set(range(3, 41))
    test = torch.cat([batch.lengths_B for batch in task.score_loader("test")])
    assert set(test.tolist()) == set(range(3, 257))
    batch = next(iter(task.train_loader(100, 0)))
    assert batch.tokens == int(batch.lengths_B.sum()) and not torch.equal(train, train[:100].repeat(30))


class Right:
    """Right at the first `steps` steps and nowhere else."""

    def __init__(self, task, steps):
        self.task, self.steps = task, steps

    def scores(self, batch):
        answers_BT = batch.targets_BT.clone()
        answers_BT[:, self.steps :] = (answers_BT[:, self.steps :] + 1) % self.task.classes
        return torch.nn.functional.one_hot(answers_BT, self.task.classes).float()


def scores(task, net, split="test"):
    total = {}
    for batch in task.score_loader(split):
        total = add(total, task.score(net, batch, None)[0])
    return task.metrics(total)


def test_accuracy_by_length_tells_where_a_net_stops_to_be_right(make_tracking):
    task = make_tracking("evaluation.lengths=[40,64]")
    metrics = scores(task, Right(task, 50))
    lengths = [int(length) for batch in task.score_loader("test") for length in batch.lengths_B]

    def answers(first, last):
        return sum(max(0, min(length, last) - first + 1) for length in lengths)

    assert metrics["accuracy_1_to_40"].value == 100 and metrics["accuracy_1_to_40"].count == answers(1, 40)
    assert metrics["accuracy_41_to_64"].count == answers(41, 64)
    assert metrics["accuracy_41_to_64"].value == pytest.approx(100 * answers(41, 50) / answers(41, 64))
    assert metrics["accuracy_from_65"].value == 0 and metrics["accuracy_from_65"].count == answers(65, 256)
    assert metrics["accuracy"].value == pytest.approx(100 * answers(1, 50) / sum(lengths))
    assert not {"accuracy_41_to_64", "accuracy_from_65"} & set(scores(task, Right(task, 50), "validation"))


def test_scaled_accuracy_is_nothing_for_guessing_and_one_for_all(make_tracking):
    task = make_tracking("task.problem=cycle_navigation")
    right, wrong = scores(task, Right(task, 256)), scores(task, Right(task, 0))
    assert right["scaled_accuracy"].value == 1 and right["scaled_accuracy"].unit == ""
    guess = wrong["guess_accuracy"].value
    assert wrong["accuracy"].value == 0 and wrong["scaled_accuracy"].value == pytest.approx(-guess / (100 - guess))


def test_padding_counts_for_nothing(compose):
    config = compose("task=state_tracking", "task.problem=s3", "stack.hidden_size=4", "data.test=7", "data.validation=7")
    task = make_task(config)
    torch.manual_seed(0)
    net = make_net(config, task).eval()
    (batch,) = task.score_loader("validation")
    whole, _ = task.score(net, batch, None)
    alone = {}
    for row, length in enumerate(batch.lengths_B.tolist()):
        one = type(batch)(batch.inputs_BT[row : row + 1, :length], batch.targets_BT[row : row + 1, :length],
                          batch.asked_BT[row : row + 1, :length], length)  # fmt: skip
        alone = add(alone, task.score(net, one, None)[0])
    assert whole == pytest.approx(alone, rel=1e-5) and whole["steps"] == int(batch.lengths_B.sum())
    (loss, count), _ = net.loss(batch, None)
    assert float(loss) == pytest.approx(whole["nll_nats"], rel=1e-5) and int(count) == whole["steps"]


def test_brackets_are_answered_at_their_end_and_say_so(make_tracking):
    task = make_tracking("task.problem=modular_arithmetic_brackets")
    assert "the whole sequence is answered, at its end" in task.notes()[0]
    assert scores(task, Right(task, 256))["exact_match"].count == scores(task, Right(task, 256))["accuracy"].count == 60
