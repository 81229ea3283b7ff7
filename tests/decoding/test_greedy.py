"""Greedy search, followed by finger on the transition matrix."""

from collections.abc import Callable
from math import inf, log

import pytest
import torch
from torch import Tensor

from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.decoding.hypothesis import Hypothesis

Step = Callable[..., tuple[Tensor, Tensor]]
MakeBounds = Callable[..., Bounds]


def follow(step: Step, first: list[int], bounds: Bounds) -> list[list[int]]:
    generated = Greedy().generate(step, torch.zeros(len(first)), torch.tensor(first), bounds)
    assert all(len(row) == 1 for row in generated)
    return [list(row[0].tokens) for row in generated]


def test_takes_the_likeliest_token_and_carries_state(step: Step, bounds: MakeBounds) -> None:
    calls = []

    def watched(token_N: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        calls.append((token_N.tolist(), state.tolist()))
        return step(token_N, state)

    assert follow(watched, [1], bounds(length=4)) == [[2, 4, 3, 0]]
    assert calls == [([1], [0.0]), ([2], [1.0]), ([4], [2.0]), ([3], [3.0])]


def test_rows_end_apart_each_with_its_own_score(step: Step, bounds: MakeBounds) -> None:
    """With token 3 as the end: 4 ends at once, 5 never, and is made to where 0 leaves no hope."""
    generated = Greedy().generate(step, torch.zeros(3), torch.tensor([1, 4, 5]), bounds(eos=3, length=4))
    assert [row[0].tokens for row in generated] == [(2, 4), (), (0, 0, 0, 0)]
    assert [row[0].log_prob for row in generated] == pytest.approx([log(0.5 * 0.6 * 0.7), log(0.7), -inf])
    assert all(row[0].score == row[0].log_prob and row[0].ended for row in generated)


def test_a_full_row_ends_at_the_price_of_the_end(step: Step, bounds: MakeBounds) -> None:
    generated = Greedy().generate(step, torch.zeros(2), torch.tensor([5, 2]), bounds(eos=1, length=torch.tensor([0, 2])))
    assert generated[0] == [Hypothesis((), pytest.approx(log(0.25)), pytest.approx(log(0.25)), True)]
    assert generated[1] == [Hypothesis((4, 3), -inf, -inf, True)]


def test_stops_when_every_row_has_ended(step: Step, bounds: MakeBounds) -> None:
    steps = []

    def counted(token_N: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        steps.append(len(token_N))
        return step(token_N, state)

    assert follow(counted, [4, 3], bounds(eos=0, length=50)) == [[3], []]
    assert steps == [2, 1]  # what has ended leaves


def test_without_an_end_each_row_has_its_exact_length(step: Step, bounds: MakeBounds) -> None:
    assert follow(step, [3], bounds(length=4)) == [[0, 0, 0, 0]]
    generated = Greedy().generate(step, torch.zeros(3), torch.tensor([1, 1, 1]), bounds(length=torch.tensor([1, 3, 2])))
    assert [row[0].tokens for row in generated] == [(2,), (2, 4, 3), (2, 4)]
    assert [row[0].log_prob for row in generated] == pytest.approx([log(0.5), log(0.21), log(0.3)])
    assert not any(row[0].ended for row in generated)


def test_forbidden_tokens_give_way_to_the_next_best_whatever_its_probability(step: Step, bounds: MakeBounds) -> None:
    assert follow(step, [1, 5], bounds(forbidden=[2, 0], length=2)) == [[3, 5], [1, 3]]
    assert follow(step, [3], bounds(forbidden=[0, 5], length=1)) == [[1]]


def test_no_rows_give_no_rows(step: Step, bounds: MakeBounds) -> None:
    assert Greedy().generate(step, torch.zeros(0), torch.zeros(0, dtype=torch.long), bounds(length=2)) == []


def test_a_model_that_has_diverged_comes_to_an_end(bounds: MakeBounds) -> None:
    def broken(token_N: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return torch.full((len(token_N), 6), torch.nan), state

    (row,) = Greedy().generate(broken, torch.zeros(1), torch.tensor([1]), bounds(eos=5, length=3))
    assert len(row) == 1 and row[0].log_prob != row[0].log_prob


@pytest.mark.parametrize("forbidden", [[6], [-1], [0, 1, 2, 3, 4, 5]])
def test_forbidding_what_is_not_there_or_everything_is_refused(step: Step, bounds: MakeBounds, forbidden: list[int]) -> None:
    with pytest.raises(ValueError, match="is refused: give ids from 0 to 5 that leave one"):
        follow(step, [1], bounds(forbidden=forbidden))
