"""Length norms, against values worked by hand."""

import pytest
import torch

from bench.decoding.norms import NORMS


@pytest.mark.parametrize(
    ("name", "alpha", "expected"),
    [
        ("power", 0.0, [1, 1, 1]),
        ("power", 0.5, [1, 2, 4]),
        ("power", 1.0, [1, 4, 16]),
        ("gnmt", 0.0, [1, 1, 1]),
        ("gnmt", 1.0, [1, 1.5, 3.5]),
        ("gnmt", 2.0, [1, 2.25, 12.25]),
    ],
)
def test_values(name: str, alpha: float, expected: list[float]) -> None:
    assert NORMS[name](torch.tensor([1, 4, 16]), alpha).tolist() == pytest.approx(expected)
