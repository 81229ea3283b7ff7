"""Dyck: which bracket may close now? The language of nested brackets of several kinds, down to a greatest depth.

A sequence opens a bracket of a random kind, or closes the last one that is open, each with probability 1/2 where it can. The
answer at every step is the kind of the bracket that is open now, or that none is. After an opening bracket it is what was just
read; accuracy is that of the steps after a closing one, where it was read as long ago as the brackets since then take.
`data.length` is the number of brackets; deeper nesting makes longer distances.
"""

from typing import Any

import torch

from bench.data.batches.generated import Generated
from bench.data.batches.sequences import StepBatch
from bench.errors import DataError

from .synthetic import Evaluation
from .synthetic_labelling import EveryStep


class Dyck(EveryStep):
    """Numbers: the opening brackets by kind, then the closing ones; classes: the kinds, then none."""

    causal = True  # what closes tells what was opened
    shortest = 2

    def __init__(self, *, data: Generated, evaluation: Evaluation, kinds: int, max_depth: int) -> None:
        for key, value in (("kinds", kinds), ("max_depth", max_depth)):
            if value < 1:
                raise DataError(f"task.{key}={value} is out of range: give a number of at least 1.")
        super().__init__(data=data, evaluation=evaluation)
        self.kinds, self.max_depth = kinds, max_depth
        self.tokens, self.classes = 2 * kinds, kinds + 1

    def settings(self) -> dict[str, Any]:
        return {"kinds": self.kinds, "max_depth": self.max_depth}

    def draw(self, rows: int, length: int, generator: torch.Generator) -> StepBatch:
        wants_BT = torch.rand(rows, length, generator=generator) < 0.5
        kinds_BT = torch.randint(self.kinds, (rows, length), generator=generator)
        depth_B1 = torch.zeros(rows, 1, dtype=torch.int64)
        open_BD = torch.full((rows, self.max_depth + 1), self.kinds)  # kinds by depth, from 1; at 0 none
        tokens, tops, closes = [], [], []
        for wants_B1, kind_B1 in zip(torch.split(wants_BT, 1, 1), torch.split(kinds_BT, 1, 1), strict=True):
            opens_B1 = (depth_B1 == 0) | (wants_B1 & (depth_B1 < self.max_depth))
            tokens.append(torch.where(opens_B1, kind_B1, self.kinds + open_BD.gather(1, depth_B1)))
            depth_B1 = depth_B1 + torch.where(opens_B1, 1, -1)
            top_B1 = torch.where(opens_B1, kind_B1, open_BD.gather(1, depth_B1))
            open_BD.scatter_(1, depth_B1, top_B1)
            tops.append(top_B1)
            closes.append(~opens_B1)
        return StepBatch(torch.cat(tokens, 1), torch.cat(tops, 1), torch.cat(closes, 1), rows * length)
