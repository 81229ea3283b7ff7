"""The nets that write from nothing and from one vector: what they train is what they decode with; rows are alone; refusals."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import choices
import pytest
import torch
from torch import Tensor

from bench.build import call
from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.nets.generator import Generator
from bench.nets.one_to_many import OneToMany
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import Stack
from bench.nets.parts.stopping import RULES

START, END, SYMBOLS, FEATURES = 1, 2, 8, 5
CONTEXTS = ("nothing", "initial_state", "every_step", "both")


@dataclass(frozen=True)
class Batch:
    features_BF: Tensor
    target_BT: Tensor
    target_lengths_B: Tensor


def rows(*lengths: int) -> Batch:
    lengths_B = torch.tensor(lengths or (3, 5, 1, 4))
    target_BT = torch.randint(3, SYMBOLS, (len(lengths_B), int(lengths_B.max())))
    target_BT[torch.arange(len(target_BT)), lengths_B - 1] = END
    return Batch(torch.randn(len(lengths_B), FEATURES), target_BT, lengths_B)


def make_net(context: str = "nothing", *, cell: str = "gru", depth: int = 1, direction: str = "forward", **changes: Any) -> Any:
    """`context` nothing: a generator; else a net that reads a vector."""

    def make_stack(size: int) -> Stack:
        shape: dict[str, Any] = {"hidden_size": 8, "depth": depth, "direction": direction}
        return Stack(choices.maker(cell), input_size=size, **shape, dropout=no_dropout())

    settings: dict[str, Any] = {
        "make_stack": make_stack,
        "sizes": {"vocabulary": SYMBOLS, "start": START, "end": END},
        "embedding_size": 6,
        "stop": "end_symbol",
        "longest": 9,
        "input_dropout": 0.0,
        "output_dropout": 0.0,
        **changes,
    }
    if context == "nothing":
        return call(Generator, settings)
    settings["sizes"] |= {"features": FEATURES}
    return call(OneToMany, {"context": context, **settings})


@torch.no_grad()
def stepwise(net: Any, batch: Batch) -> float:
    """-log p of all targets, one step at a time, each row alone."""
    total = 0.0
    for b, length in enumerate(batch.target_lengths_B.tolist()):
        alone = Batch(batch.features_BF[b : b + 1], batch.target_BT[b : b + 1, :length], batch.target_lengths_B[b : b + 1])
        state = net.start(alone)
        if net.stopping.__class__.__name__ == "PredictedLength":  # as if the true length had been drawn
            left_1 = alone.target_lengths_B - 1
            log_prob_1L = net.stopping.predict(state[0][0]).log_softmax(1)
            state = (state[0], state[1], (left_1, log_prob_1L[:, left_1[0]]))
        token_1 = torch.tensor([START])
        for true in alone.target_BT[0]:
            log_prob_1V, state = net.step(token_1, state)
            assert log_prob_1V.dtype == torch.float32
            total -= log_prob_1V[0, true].item()
            token_1 = true.view(1)
    return total


@pytest.mark.parametrize("stop", RULES)
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("cell", choices.one_of_each_state())
@pytest.mark.parametrize("context", CONTEXTS)
def test_the_loss_is_what_single_steps_of_single_rows_add_up_to(context: str, cell: str, depth: int, stop: str) -> None:
    net, batch = make_net(context, cell=cell, depth=depth, stop=stop), rows()
    (nll_sum, count), state = net.loss(batch, None)
    assert count == batch.target_lengths_B.sum() and state == ()
    assert nll_sum.item() == pytest.approx(stepwise(net, batch), rel=1e-4)


@pytest.mark.parametrize(("context", "stop"), list(product(CONTEXTS, RULES)))
def test_padding_changes_neither_loss_nor_gradient_and_gradients_reach_all(context: str, stop: str) -> None:
    net, batch = make_net(context, cell="lstm", stop=stop), rows()
    spoilt = replace(batch, target_BT=batch.target_BT.clone())
    spoilt.target_BT[torch.arange(5) >= batch.target_lengths_B[:, None]] = 5
    runs = []
    for rows_read in (batch, spoilt):
        nll_sum = net.loss(rows_read, None)[0][0]
        runs.append([nll_sum, *torch.autograd.grad(nll_sum, list(net.parameters()))])
    for clean, with_junk in zip(*runs, strict=True):
        torch.testing.assert_close(clean, with_junk)
        assert clean.abs().sum() > 0


@pytest.mark.parametrize("context", CONTEXTS[1:])
def test_the_vector_enters_where_the_context_says(context: str) -> None:
    net, batch = make_net(context), rows()
    token_N = torch.full((4,), START)
    source, first, length = net.start(batch)
    other, other_first, _ = net.start(replace(batch, features_BF=torch.zeros(4, FEATURES)))
    at_start = not torch.equal(first[0], other_first[0])
    at_step = not torch.equal(net.step(token_N, (source, first, length))[0], net.step(token_N, (other, first, length))[0])
    assert (at_start, at_step) == (context != "every_step", context != "initial_state")


def test_several_rows_of_a_vector_share_it() -> None:
    net, batch = make_net("both"), rows()
    source, _, length = net.start(batch)
    twice = net.start(Batch(*(part.repeat_interleave(2, 0) for part in vars(batch).values())))
    token_N = torch.tensor([3, 4, 5, 6, 7, 3, 4, 5])
    torch.testing.assert_close(net.step(token_N, (source, twice[1], length))[0], net.step(token_N, twice)[0])


def test_a_length_is_drawn_as_often_as_it_is_probable() -> None:
    net, batch = make_net(stop="predicted_length"), rows(*[1] * 20000)
    with torch.no_grad():
        net.stopping.predict.bias.normal_(0.0, 1.5)
    _, _, (length_N, log_prob_N) = net.start_by_chance(batch, torch.Generator().manual_seed(0))
    prob_L = net.stopping.predict(torch.ones(1, 1)).softmax(1)[0]
    torch.testing.assert_close(torch.bincount(length_N, minlength=10) / 20000, prob_L, atol=0.015, rtol=0.0)
    torch.testing.assert_close(log_prob_N.exp(), prob_L[length_N])
    assert set(net.start(batch)[2][0].tolist()) == {int(prob_L.argmax())}


@pytest.mark.parametrize("stop", RULES)
@pytest.mark.parametrize("context", ["nothing", "initial_state", "every_step"])
def test_it_learns_what_it_is_shown_and_writes_it_from_its_own_symbols(context: str, stop: str) -> None:
    net, batch = make_net(context, stop=stop), rows(4, 6, 2)
    if context == "nothing":
        batch = replace(batch, target_BT=batch.target_BT[:1].repeat(3, 1), target_lengths_B=torch.tensor([4, 4, 4]))
    optimiser = torch.optim.Adam(net.parameters(), 0.03)
    for _ in range(150):
        (nll_sum, count), _ = net.loss(batch, None)
        optimiser.zero_grad()
        (nll_sum / count).backward()
        optimiser.step()
    bounds = Bounds(length=9, eos=END, forbidden=[START], generator=None)
    generated = Greedy().generate(net.step, net.start(batch), torch.full((3,), START), bounds)
    lengths = batch.target_lengths_B.tolist()
    expected = [tuple(row[: length - 1]) for row, length in zip(batch.target_BT.tolist(), lengths, strict=True)]
    assert [row[0].tokens for row in generated] == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"direction": "bidirectional"}, r"stack\.direction=bidirectional is refused: a net that reads what it writes"),
        ({"context": "never"}, r"net\.context='never' is refused"),
        ({"stop": "full_stop"}, r"net\.stop='full_stop' is refused"),
        ({"stop": "predicted_length", "longest": 0}, r"net\.longest=0 is refused"),
        ({"embedding_size": 0}, r"net\.embedding_size=0 is refused"),
    ],
)
def test_refusals(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}.*[^\n]$"):
        make_net(**changes)
