"""Greedy search, followed by finger on the transition matrix."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.decoding.greedy import Greedy


def follow(step: Callable[..., tuple[Tensor, Tensor]], first: list[int], **options: object) -> list[list[int]]:
    settings = {"length": 5, "eos": None, "forbidden": (), "generator": None} | options
    return Greedy().generate(step, torch.zeros(len(first)), torch.tensor(first), **settings).tolist()  # type: ignore[arg-type]


def test_takes_the_likeliest_token_and_carries_state(step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    seen = []

    def watched(token_N: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        seen.append((token_N.tolist(), state.tolist()))
        return step(token_N, state)

    assert follow(watched, [1], length=4) == [[2, 4, 3, 0]]
    assert seen == [([1], [0.0]), ([2], [1.0]), ([4], [2.0]), ([3], [3.0])]


def test_rows_end_apart_and_hold_the_end(step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    """With token 3 as the end: left alone, 0 would follow it."""
    assert follow(step, [1, 4, 5], eos=3, length=5) == [[2, 4, 3, 3, 3], [3, 3, 3, 3, 3], [0, 0, 0, 0, 0]]


def test_stops_when_every_row_has_ended(step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    assert follow(step, [4, 3], eos=0, length=50) == [[3, 0], [0, 0]]


def test_without_an_end_the_length_is_exact(step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    assert follow(step, [3], length=4) == [[0, 0, 0, 0]]


def test_forbidden_tokens_give_way_to_the_next_best(step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    assert follow(step, [1, 5], forbidden=[2, 0], length=2) == [[3, 5], [1, 3]]


@pytest.mark.parametrize("forbidden", [[6], [-1], [0, 1, 2, 3, 4, 5]])
def test_forbidding_what_is_not_there_or_everything_is_refused(
    step: Callable[..., tuple[Tensor, Tensor]], forbidden: list[int]
) -> None:
    with pytest.raises(ValueError, match="is refused: give ids from 0 to 5 that leave one"):
        follow(step, [1], forbidden=forbidden)


def test_a_length_of_zero_is_refused(step: Callable[..., tuple[Tensor, Tensor]]) -> None:
    with pytest.raises(ValueError, match="length=0 is refused"):
        follow(step, [1], length=0)
