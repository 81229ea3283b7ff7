import math

import pytest
import torch
from torch import nn

from bench.config.factory import make_net, make_strategy, make_task
from bench.data.text.lanes import Lanes
from bench.task import evaluate
from bench.training.learner import Learner


@pytest.fixture
def small(compose, tmp_path):
    """configure(*overrides) -> a RunConfig over a small text of unequal window fillings."""
    path = tmp_path / "text.txt"
    path.write_text("".join(f"{i} fox {'over' if i % 3 else 'under'} dog\n" for i in range(150)))

    def configure(*overrides):
        return compose("data=text", f"data.path={path}", "stack.hidden_size=16", "trainer.batch_size=4", *overrides)

    return configure


def built(config, seed=0):
    torch.manual_seed(seed)
    task = make_task(config)
    return task, make_net(config, task)


class Fixed(nn.Module):
    """A net whose log-probabilities are given: uniform, or an oracle that knows the answer."""

    def __init__(self, size, oracle):
        super().__init__()
        self.size, self.oracle = size, oracle
        self.nothing = nn.Parameter(torch.zeros(1))

    def loss(self, batch, state):
        nll = 0.0 if self.oracle else math.log(self.size)
        return (torch.tensor(nll * batch.tokens), torch.tensor(batch.tokens)), state


def test_a_uniform_net_has_perplexity_v_and_an_oracle_one(small):
    task, _ = built(small())
    size = len(task.data.vocabulary)
    for split in task.splits():
        uniform = evaluate(task, Fixed(size, oracle=False), task.score_loader(split))
        assert uniform["perplexity"].value == pytest.approx(size, rel=1e-4)
        assert uniform["bits_per_char"].value == pytest.approx(math.log2(size), rel=1e-4)
        assert evaluate(task, Fixed(size, oracle=True), task.score_loader(split))["nats_per_char"].value == 0.0


@pytest.mark.parametrize("window", [7, 64, 1000])
def test_scores_count_every_character_once_and_do_not_depend_on_windows(small, window):
    task, net = built(small())
    net.eval()
    ids = task.data.ids["validation"]
    context = int(task.data.ids["train"][-1])
    sequence = torch.cat([torch.tensor([context]), ids])
    logits, _ = net.logits(sequence[None, :-1], None)
    expected = nn.functional.cross_entropy(logits[0], ids).item()
    scored = evaluate(task, net, Lanes(ids, lanes=1, window=window, context=context))["nats_per_char"]
    assert scored.count == len(ids)
    assert scored.value == pytest.approx(expected, rel=1e-5)


def test_lanes_of_unequal_length_add_up_exactly(small):
    """Three lanes over a length that 3 does not divide: each lane starts from zeros, and sums, not means, are added."""
    task, net = built(small())
    net.eval()
    ids = task.data.ids["validation"][:100]
    total = 0.0
    for start, stop in ((0, 34), (34, 67), (67, 100)):
        inputs = torch.cat([torch.tensor([5]), ids])[start:stop]
        logits, _ = net.logits(inputs[None], None)
        total += nn.functional.cross_entropy(logits[0], ids[start:stop], reduction="sum").item()
    scored = evaluate(task, net, Lanes(ids, lanes=3, window=16, context=5))["nats_per_char"]
    assert scored.value == pytest.approx(total / 100, rel=1e-5)


def losses(config):
    """Losses of the training steps of an epoch without any update, in evaluation mode."""
    task, net = built(config)
    learner = Learner(task, net, config.optimiser).eval()
    return [learner.training_step(batch, 0).item() for batch in task.train_loader(4, 0)], task, net


def test_a_carried_state_makes_windows_equal_to_the_whole(small):
    carried, task, net = losses(small("task.window=10", "task.initial_state=carry"))
    lanes = task.train_loader(4, 0)
    logits, _ = net.eval().logits(lanes.sequence_BT[:, :-1], None, lanes.lengths_B)
    expected = [
        nn.functional.cross_entropy(logits[:, s : s + 10].flatten(0, 1), lanes.sequence_BT[:, s + 1 : s + 11].flatten()).item()
        for s in range(0, 200, 10)
    ]
    assert carried[:20] == pytest.approx(expected, rel=1e-4)
    reset, *_ = losses(small("task.window=10", "task.initial_state=zeros"))
    assert reset[0] == pytest.approx(carried[0], rel=1e-6)
    assert reset[1:20] != pytest.approx(carried[1:20], rel=1e-4)


def test_the_gradient_stops_at_the_window_but_the_state_does_not(small):
    config = small("task.window=10")
    task, net = built(config)
    learner = Learner(task, net, config.optimiser)
    batches = iter(task.train_loader(4, 0))
    learner.training_step(next(batches), 0)
    assert not learner._state[0][0].requires_grad
    assert learner._state[0][0].abs().sum() > 0
    learner.training_step(next(batches), 1).backward()


def test_a_window_that_covers_the_text_is_full_backpropagation(small):
    """One step over the whole text gives the gradient of the whole text's mean loss."""
    config = small("task.window=1500", "trainer.batch_size=1")
    task, net = built(config)
    Learner(task, net, config.optimiser).training_step(next(iter(task.train_loader(1, 0))), 0).backward()
    gradient = net.embedding.weight.grad.clone()
    net.zero_grad()
    ids = task.data.ids["train"][:1501]
    logits, _ = net.logits(ids[None, :-1], None)
    nn.functional.cross_entropy(logits[0], ids[1:]).backward()
    assert torch.allclose(gradient, net.embedding.weight.grad, atol=1e-6)


@pytest.mark.parametrize("decode", ["decode=greedy", "decode=sample", "decode=sample decode.top_k=3 decode.top_p=0.8"])
def test_samples_are_repeatable_and_never_unknown(small, decode):
    config = small(*decode.split(), "evaluation.sample_length=60", "evaluation.prompt=fox")
    task, net = built(config)
    with torch.no_grad():
        net.output_bias[0] = 50.0  # the net would love the unknown symbol
    first, second = (task.outputs(net.eval(), make_strategy(config), seed=3).rows[0][1] for _ in range(2))
    assert first == second
    assert len(first) == 60
    assert "\N{REPLACEMENT CHARACTER}" not in first
    if decode == "decode=sample":
        assert task.outputs(net, make_strategy(config), seed=4).rows[0][1] != first


def test_too_short_a_text_is_refused(small):
    with pytest.raises(ValueError, match=r"fewer than one window of task\.window=9000"):
        built(small("task.window=9000"))
    with pytest.raises(ValueError, match=r"stack\.direction=bidirectional is not allowed with task=char_lm"):
        built(small("stack.direction=bidirectional"))
