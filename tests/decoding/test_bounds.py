"""Bounds: which lengths are allowed, and each row's own."""

import pytest
import torch
from torch import Tensor

from bench.decoding.bounds import Bounds


@pytest.mark.parametrize(
    ("length", "eos", "lowest"),
    [
        (0, None, 1),
        (-1, 2, 0),
        (True, 2, 0),
        (2.0, 2, 0),
        (torch.tensor([3, 0]), None, 1),
        (torch.tensor([3, -1]), 2, 0),
        (torch.tensor([3.0]), 2, 0),
        (torch.tensor([True]), 2, 0),
    ],
)
def test_a_length_out_of_range_is_refused(length: int | Tensor, eos: int | None, lowest: int) -> None:
    with pytest.raises(ValueError, match=rf"^length=.* is refused: give integers of at least {lowest}\.$"):
        Bounds(length, eos, (), None)


def test_an_end_that_is_forbidden_is_refused() -> None:
    with pytest.raises(ValueError, match=r"forbidden=\[1, 2\] is refused: it holds eos=2"):
        Bounds(3, 2, [1, 2], None)


def test_limits_are_one_a_row() -> None:
    first_N = torch.tensor([7, 7, 7])
    assert Bounds(4, None, (), None).limits(first_N).tolist() == [4, 4, 4]
    lengths = torch.tensor([0, 2, 1], dtype=torch.int32)
    limit_N = Bounds(lengths, 2, (), None).limits(first_N)
    assert limit_N.tolist() == [0, 2, 1] and limit_N.dtype == torch.int64


@pytest.mark.parametrize("lengths", [torch.tensor([1, 2]), torch.tensor(3), torch.tensor([[1], [2], [3]])])
def test_another_number_of_limits_than_rows_is_refused(lengths: Tensor) -> None:
    with pytest.raises(ValueError, match="is refused: give one integer, or one for each of 3 rows"):
        Bounds(lengths, 2, (), None).limits(torch.tensor([7, 7, 7]))
