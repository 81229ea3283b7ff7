"""The bounds of a generation: how long, what ends it, what never comes, and where chance comes from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.cells.scan.padding import beside


@dataclass(frozen=True, eq=False)
class Bounds:
    """`length`: the most tokens of a row, END not counted; a tensor [N] gives each row its own, so that what a row gets
    does not depend on its batch mates. A row that is full may only take `eos`, scored as the model scores it, so that every
    hypothesis is complete. At least 0; at least 1 where `eos` is None, which means that `length` alone ends a row.

    The ids in `forbidden` are never chosen. `generator` None: torch's global one; else on the model's device.
    """

    length: int | Tensor
    eos: int | None
    forbidden: Sequence[int]
    generator: torch.Generator | None

    def __post_init__(self) -> None:
        lowest = 1 if self.eos is None else 0
        if not _whole_numbers(self.length, lowest):
            raise ValueError(f"length={self.length!r} is refused: give integers of at least {lowest}.")
        if self.eos is not None and self.eos in self.forbidden:
            raise ValueError(f"forbidden={list(self.forbidden)} is refused: it holds eos={self.eos}; leave that out.")

    def limits(self, first_N: Tensor) -> Tensor:
        """`length` of each row, int64, on the rows' device. Raises ValueError where a tensor has another number of rows."""
        if not isinstance(self.length, Tensor):
            return torch.full_like(first_N, self.length, dtype=torch.long)
        if self.length.shape != first_N.shape:
            shape = tuple(self.length.shape)
            raise ValueError(f"length of shape {shape} is refused: give one integer, or one for each of {len(first_N)} rows.")
        return beside(self.length.long(), first_N)


def _whole_numbers(value: int | Tensor, lowest: int) -> bool:
    if isinstance(value, Tensor):
        integers = not value.dtype.is_floating_point and value.dtype != torch.bool
        return integers and bool((value >= lowest).all())
    return isinstance(value, int) and not isinstance(value, bool) and value >= lowest
