"""Copy memory: repeat symbols that were read long ago (Hochreiter and Schmidhuber 1997; the form of Arjovsky et al. 2016,
arXiv:1511.06464, section 5.1, and of Bai et al. 2018, arXiv:1803.01271).

    read      s_1 .. s_M   blank x (T - 1)   mark x (M + 1)
    answer    blank x (T + M)                 s_1 .. s_M

`data.length` is T, `task.remembered` M, and each s is one of `task.symbols`. A net without memory answers blanks, and then
every symbol alike: its loss is M ln(symbols) / (T + 2 M) nats a step. Accuracy is that of the last M answers.
"""

import math
from typing import Any

import torch

from bench.data.batches.generated import Generated
from bench.data.batches.sequences import StepBatch
from bench.errors import DataError
from bench.metrics.metric import Counts, Metric

from .synthetic import Evaluation
from .synthetic_labelling import EveryStep


class CopyMemory(EveryStep):
    """Numbers: the symbols from 0, then blank, then the mark."""

    primary = "nats_per_step"
    better = "lower"

    def __init__(self, *, data: Generated, evaluation: Evaluation, symbols: int, remembered: int) -> None:
        for key, value, low in (("symbols", symbols, 2), ("remembered", remembered, 1)):
            if value < low:
                raise DataError(f"task.{key}={value} is out of range: give a number of at least {low}.")
        super().__init__(data=data, evaluation=evaluation)
        self.symbols, self.remembered = symbols, remembered
        self.tokens, self.classes = symbols + 2, symbols + 1

    def settings(self) -> dict[str, Any]:
        return {"symbols": self.symbols, "remembered": self.remembered}

    def draw(self, rows: int, length: int, generator: torch.Generator) -> StepBatch:
        remembered_BM = torch.randint(self.symbols, (rows, self.remembered), generator=generator)
        blank, mark = self.symbols, self.symbols + 1
        inputs_BT = torch.cat(
            [
                remembered_BM,
                remembered_BM.new_full((rows, length - 1), blank),
                remembered_BM.new_full((rows, self.remembered + 1), mark),
            ],
            1,
        )
        targets_BT = torch.cat([remembered_BM.new_full((rows, length + self.remembered), blank), remembered_BM], 1)
        return StepBatch(inputs_BT, targets_BT, targets_BT != blank, targets_BT.numel())

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        steps = counts["steps"]
        metrics = super().metrics(counts)
        guess = counts["answers"] * math.log(self.symbols) / steps
        levels = {self.primary: metrics[self.primary], "guess_nats_per_step": Metric(guess, "nats/step", "", int(steps))}
        return levels | metrics
