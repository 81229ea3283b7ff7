"""Every yaml of conf/decode/ builds a strategy that keeps the contract: a new file is tested without a new test."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor

from bench.decoding.generation import Strategy

YAMLS = sorted((Path(__file__).parents[2] / "conf" / "decode").glob("*.yaml"))


@pytest.fixture(params=YAMLS, ids=lambda path: path.stem)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    node = yaml.safe_load(request.param.read_text())
    assert node.pop("name") == request.param.stem
    module, _, name = node.pop("_target_").rpartition(".")
    built: Strategy = getattr(importlib.import_module(module), name)(**node)
    return built


def generate(strategy: Strategy, step: Callable[..., tuple[Tensor, Tensor]], seed: int) -> Tensor:
    return strategy.generate(
        step,
        torch.zeros(3),
        torch.tensor([1, 5, 4]),
        length=8,
        eos=0,
        forbidden=[3],
        generator=torch.Generator().manual_seed(seed),
    )


def test_keeps_the_contract(strategy: Strategy, step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    for seed in range(20):
        token_NL = generate(strategy, step, seed)
        assert token_NL.shape[0] == 3 and 1 <= token_NL.shape[1] <= 8
        assert not (token_NL == 3).any()
        ended_NL = (token_NL == 0).cumsum(1) > 0
        assert not token_NL[ended_NL].any()
        assert torch.equal(token_NL, generate(strategy, step, seed))


def test_keeps_no_graph(strategy: Strategy) -> None:
    weight = torch.zeros(6, requires_grad=True)
    held: list[Tensor] = []

    def step(token_N: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        held.append(weight.log_softmax(0).expand(len(token_N), 6))
        return held[-1], state

    generate(strategy, step, 0)
    assert not any(log_prob_NV.requires_grad for log_prob_NV in held)
