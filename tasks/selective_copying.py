"""Selective copying: repeat, in their order, the symbols that stood among noise (Gu and Dao 2023, arXiv:2312.00752).

    read      s_1 .. s_M in this order at random places among T steps, the others noise    mark x M
    answer    blank x T                                                                    s_1 .. s_M

`data.length` is T, `task.remembered` M, and each s is one of `task.symbols`. What is to be kept is known by what it is, and not
by where it stands as in `copy_memory`. Accuracy is that of the last M answers.
"""

from typing import Any

import torch

from bench.data.batches.generated import Generated
from bench.data.batches.sequences import StepBatch
from bench.errors import DataError

from .synthetic import Evaluation
from .synthetic_labelling import EveryStep


class SelectiveCopying(EveryStep):
    """Numbers: the symbols from 0, then noise (in answers blank), then the mark."""

    def __init__(self, *, data: Generated, evaluation: Evaluation, symbols: int, remembered: int) -> None:
        for key, value, low in (("symbols", symbols, 2), ("remembered", remembered, 1)):
            if value < low:
                raise DataError(f"task.{key}={value} is out of range: give a number of at least {low}.")
        self.shortest = remembered
        super().__init__(data=data, evaluation=evaluation)
        self.symbols, self.remembered = symbols, remembered
        self.tokens, self.classes = symbols + 2, symbols + 1

    def settings(self) -> dict[str, Any]:
        return {"symbols": self.symbols, "remembered": self.remembered}

    def draw(self, rows: int, length: int, generator: torch.Generator) -> StepBatch:
        remembered_BM = torch.randint(self.symbols, (rows, self.remembered), generator=generator)
        places_BM = torch.rand(rows, length, generator=generator).argsort(1)[:, : self.remembered].sort(1).values
        noise, mark = self.symbols, self.symbols + 1
        noise_BT = remembered_BM.new_full((rows, length), noise)
        inputs_BT = torch.cat([noise_BT.scatter(1, places_BM, remembered_BM), torch.full_like(remembered_BM, mark)], 1)
        targets_BT = torch.cat([noise_BT, remembered_BM], 1)
        return StepBatch(inputs_BT, targets_BT, targets_BT != noise, targets_BT.numel())
