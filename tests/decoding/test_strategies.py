"""Every yaml of conf/decode/ that generates builds a strategy that keeps the contract: a new one needs no new test."""

import choices
import pytest
import torch
from torch import Tensor

from bench.build import build
from bench.cells.state import State
from bench.decoding.bounds import Bounds
from bench.decoding.generation import Step, Strategy
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.kinds import Decoded


@pytest.fixture(params=choices.strategies(Decoded.TEXT))
def strategy(request: pytest.FixtureRequest) -> Strategy:
    built: Strategy = build(choices.node("decode", request.param), key="decode")
    return built


def generate(strategy: Strategy, step: Step, seed: int, length: int | Tensor = 8) -> list[list[Hypothesis]]:
    bounds = Bounds(length, 0, [3], torch.Generator().manual_seed(seed))
    return strategy.generate(step, torch.zeros(3), torch.tensor([1, 5, 4]), bounds)


def test_keeps_the_contract(strategy: Strategy, step: Step) -> None:
    for seed in range(20):
        rows = generate(strategy, step, seed)
        assert len(rows) == 3 and all(rows)
        for hypothesis in (candidate for row in rows for candidate in row):
            assert len(hypothesis.tokens) <= 8 and hypothesis.ended
            assert not {0, 3} & set(hypothesis.tokens)
            assert hypothesis.log_prob <= 0.0
        assert all(row == sorted(row, key=lambda hypothesis: -hypothesis.score) for row in rows)
        assert rows == generate(strategy, step, seed)


def test_each_row_keeps_its_own_length(strategy: Strategy, step: Step) -> None:
    for seed in range(20):
        rows = generate(strategy, step, seed, torch.tensor([2, 0, 1]))
        assert all(len(hypothesis.tokens) <= limit for row, limit in zip(rows, (2, 0, 1), strict=True) for hypothesis in row)


def test_scores_are_the_models(strategy: Strategy, step: Step) -> None:
    for row, first in zip(generate(strategy, step, 1), (1, 5, 4), strict=True):
        for hypothesis in row:
            expected, last = 0.0, first
            for token in (*hypothesis.tokens, 0):
                expected, last = expected + float(step(torch.tensor([last]), torch.zeros(1))[0][0, token]), token
            assert hypothesis.log_prob == pytest.approx(expected, abs=1e-5)


def test_a_step_may_hand_out_the_same_memory_each_time(strategy: Strategy, step: Step) -> None:
    buffer_NV, handed_out = torch.zeros(30, 6), torch.zeros(0, 6)

    def reusing(token_N: Tensor, state: State) -> tuple[Tensor, State]:
        nonlocal handed_out
        assert torch.equal(buffer_NV[: len(handed_out)], handed_out)
        handed_out, state = step(token_N, state)
        buffer_NV[: len(handed_out)] = handed_out
        return buffer_NV[: len(handed_out)], state

    assert generate(strategy, reusing, 2) == generate(strategy, step, 2)


def test_keeps_no_graph(strategy: Strategy) -> None:
    weight = torch.zeros(6, requires_grad=True)
    log_probs: list[Tensor] = []

    def step(token_N: Tensor, state: State) -> tuple[Tensor, State]:
        log_probs.append(weight.log_softmax(0).expand(len(token_N), 6))
        return log_probs[-1], state

    generate(strategy, step, 0)
    assert log_probs and not any(log_prob_NV.requires_grad for log_prob_NV in log_probs)
