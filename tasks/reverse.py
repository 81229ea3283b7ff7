"""Reverse: write what was read, backwards. The answer to the last symbol is near, the answer to the first is far.

    read      s_1 .. s_n   mark x n
    answer    blank x n    s_n .. s_1

`data.length` is n, and each s is one of `task.symbols`. Accuracy is that of the last n answers.
"""

from typing import Any

import torch

from bench.data.batches.generated import Generated
from bench.data.batches.sequences import StepBatch
from bench.errors import DataError

from .synthetic import Evaluation
from .synthetic_labelling import EveryStep


class Reverse(EveryStep):
    """Numbers: the symbols from 0, then the mark in what is read, and the blank in what is answered."""

    def __init__(self, *, data: Generated, evaluation: Evaluation, symbols: int) -> None:
        if symbols < 2:
            raise DataError(f"task.symbols={symbols} is out of range: give a number of at least 2.")
        super().__init__(data=data, evaluation=evaluation)
        self.symbols = symbols
        self.tokens = self.classes = symbols + 1

    def settings(self) -> dict[str, Any]:
        return {"symbols": self.symbols}

    def draw(self, rows: int, length: int, generator: torch.Generator) -> StepBatch:
        symbols_Bn = torch.randint(self.symbols, (rows, length), generator=generator)
        other_Bn = torch.full_like(symbols_Bn, self.symbols)
        targets_BT = torch.cat([other_Bn, symbols_Bn.flip(1)], 1)
        return StepBatch(torch.cat([symbols_Bn, other_Bn], 1), targets_BT, targets_BT != self.symbols, targets_BT.numel())
