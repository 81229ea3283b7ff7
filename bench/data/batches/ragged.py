"""Rows of numbers of any lengths in one flat tensor: what a batch is gathered from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Ragged:
    """Row i is `flat[starts[i] : starts[i] + lengths[i]]`; all int64."""

    flat: Tensor
    starts: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "Ragged":
        lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64)
        flat = torch.tensor([number for row in rows for number in row], dtype=torch.int64)
        return cls(flat, lengths.cumsum(0) - lengths, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, row: int) -> Tensor:
        start = int(self.starts[row])
        return self.flat[start : start + int(self.lengths[row])]

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Rows side by side as [B, longest], 0 after their ends, and their lengths [B]. No row may be empty."""
        lengths_B = self.lengths[rows]
        place_L = torch.arange(int(lengths_B.max()))
        place_BL = (self.starts[rows, None] + place_L).clamp_(max=len(self.flat) - 1)
        return self.flat.take(place_BL).mul_(place_L < lengths_B[:, None]), lengths_B

    def gathered(self, steps: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The steps of these rows side by side, [B, longest] or [B, longest, I], zeros after their ends, and their lengths [B].

        The numbers are places in `steps`, tokens [N] or vectors [N, I].
        """
        place_BT, lengths_B = self.padded(rows)
        values = steps[place_BT]
        values[torch.arange(place_BT.size(1)) >= lengths_B[:, None]] = 0
        return values, lengths_B
