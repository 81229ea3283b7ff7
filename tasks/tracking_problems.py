"""What a state tracker is asked: a problem draws symbols and says the answer after each prefix.

Parity, even pairs, cycle navigation and arithmetic are those of Deletang et al. 2023 (arXiv:2207.02098), who ask at the end
alone. Axes: B rows, T symbols.
"""

from typing import ClassVar

import torch
from torch import Tensor

from bench.cells.scan.padding import valid_mask

CYCLE = 5  # positions


class Problem:
    """`tokens` symbols; `classes` answers, `blank` the one of a prefix without a value."""

    name: ClassVar[str]
    tokens: ClassVar[int]
    classes: ClassVar[int]
    blank: ClassVar[int | None] = None
    every_prefix: ClassVar[bool] = True
    """Whether not the whole sequence alone has a value."""

    def draw(self, lengths_B: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """(inputs_BT, targets_BT, asked_BT), the first two 0 in the padding; asked is each prefix that has a value."""
        inputs_BT = self.symbols(len(lengths_B), int(lengths_B.max()), generator)
        targets_BT, valid_BT = self.answers(inputs_BT), valid_mask(lengths_B, inputs_BT)
        asked_BT = valid_BT if self.blank is None else valid_BT & (targets_BT != self.blank)
        return inputs_BT * valid_BT, targets_BT * valid_BT, asked_BT

    def symbols(self, rows: int, steps: int, generator: torch.Generator) -> Tensor:
        """inputs_BT."""
        return torch.randint(self.tokens, (rows, steps), generator=generator)

    def answers(self, inputs_BT: Tensor) -> Tensor:
        """The class of each prefix [B, T]."""
        raise NotImplementedError


class Parity(Problem):
    """Bits; whether there was an even number of ones (0) or an odd one (1)."""

    name = "parity"
    tokens = classes = 2

    def answers(self, inputs_BT: Tensor) -> Tensor:
        return inputs_BT.cumsum(1) % 2


class EvenPairs(Problem):
    """Bits; whether neighbours differed an even number of times (0) or an odd one (1), as the first and the last then do."""

    name = "even_pairs"
    tokens = classes = 2

    def answers(self, inputs_BT: Tensor) -> Tensor:
        return (inputs_BT != inputs_BT[:, :1]).long()


class CycleNavigation(Problem):
    """Moves on a cycle of five positions: 0 stays, 1 goes on, 2 goes back; the position, from 0."""

    name = "cycle_navigation"
    tokens = 3
    classes = CYCLE

    def answers(self, inputs_BT: Tensor) -> Tensor:
        return torch.tensor([0, 1, -1])[inputs_BT].cumsum(1) % CYCLE
