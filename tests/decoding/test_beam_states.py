"""What a beam carries beside its tokens: the states of a real net, whose every leaf goes with its own hypothesis."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from encoder_decoders import END, START, Batch, make_net, rows
from torch import nn

from bench.decoding.beam import Beam
from bench.decoding.bounds import Bounds
from bench.decoding.hypothesis import Hypothesis
from bench.nets.encoder_decoder import EncoderDecoder

WIDTH, LONGEST = 4, 9
SOURCES = [4, 1, 6, 3, 5, 2, 6, 3, 1]  # more than may stay until all are done, so that some leave the batch earlier


def by_steps(net: EncoderDecoder, alone: Batch, hypothesis: Hypothesis) -> float:
    """log P of the hypothesis: one source, one row, its tokens one after another."""
    state, token_1, total = net.start(alone), torch.tensor([START]), 0.0
    for symbol in (*hypothesis.tokens, END):
        log_prob_1V, state = net.step(token_1, state)
        token_1, total = torch.tensor([symbol]), total + log_prob_1V[0, symbol].item()
    return total


def branches(hypotheses: list[Hypothesis]) -> bool:
    """Whether at some step a hypothesis was continued in several ways, so that rows of the state were copied."""
    prefixes = [
        {hypothesis.tokens[:length] for hypothesis in hypotheses if len(hypothesis.tokens) >= length}
        for length in range(LONGEST)
    ]
    return any(1 < len(shorter) < len(longer) for shorter, longer in pairwise(prefixes))


@pytest.mark.parametrize(
    "switches",
    [{"attention": "none"}, {"attention": "none", "context": "both"}, {"attention": "additive", "input_feeding": True}],
    ids=lambda switches: "-".join(map(str, switches.values())),
)
@torch.no_grad()
def test_every_hypothesis_has_the_probability_of_its_own_steps(bounds: Callable[..., Bounds], switches: dict[str, Any]) -> None:
    """Two layers of LSTMs, whose memories are the second leaf of each layer's state."""
    net = make_net(cell="lstm", depth=2, **switches).eval()
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.7)
    batch = rows(SOURCES, [1] * len(SOURCES))
    search = Beam(width=WIDTH, length_penalty=1.0, norm="power", n_best=WIDTH, min_length=3)
    state, first_B = net.start(batch), torch.full((len(SOURCES),), START)
    generated = search.generate(net.step, state, first_B, bounds(length=LONGEST, eos=END, forbidden=[START]))
    assert any(map(branches, generated))
    for row, hypotheses in enumerate(generated):
        alone = Batch(*(part[row : row + 1] for part in vars(batch).values()))
        alone = replace(alone, source_BS=alone.source_BS[:, : SOURCES[row]])
        assert len({hypothesis.tokens for hypothesis in hypotheses}) == WIDTH
        for hypothesis in hypotheses:
            assert hypothesis.log_prob == pytest.approx(by_steps(net, alone, hypothesis), abs=1e-4)
