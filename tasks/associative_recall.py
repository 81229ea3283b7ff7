"""Multi-query associative recall (MQAR): which value came with this key? (Arora et al. 2023, arXiv:2312.04927.)

    read      k_1 v_1 .. k_D v_D    then, in T steps, each key once more at a place of its own, the others blank
    answer    blank x 2 D           the value of each key where it stands again, the others blank

`data.length` is T, `task.pairs` D. Keys are one half of `task.vocabulary`, values the other; those of a sequence all differ. A
key stands again at step 2 j of the T, from 0, j drawn without replacement with probabilities in proportion to (j + 1)^(a - 1),
a = 0.01: mostly soon. Theirs (HazyResearch/zoology) counts all 2 D + T steps as the length, fills the blanks with symbols at
random, has a vocabulary of 8,192, and trains on the answers alone; here a blank is a symbol and an answer of its own, as in
`copy_memory`. Theirs also tends to ask first for the pair that stood first; here the keys come in any order with the same
probability, so that who keeps the values and forgets their keys is right once in D, and not more often by counting.
"""

from typing import Any

import torch

from bench.data.batches.generated import Generated
from bench.data.batches.sequences import StepBatch
from bench.errors import DataError

from .synthetic import Evaluation
from .synthetic_labelling import EveryStep

POWER = 0.01  # a


class AssociativeRecall(EveryStep):
    """Numbers: the blank, then the keys, then the values; classes: the values from 0, then the blank."""

    def __init__(self, *, data: Generated, evaluation: Evaluation, vocabulary: int, pairs: int) -> None:
        if pairs < 1:
            raise DataError(f"task.pairs={pairs} is out of range: give a number of at least 1.")
        if vocabulary < 2 * pairs or vocabulary % 2:
            raise DataError(
                f"task.vocabulary={vocabulary} is refused with task.pairs={pairs}: half of it are keys, half values; "
                f"give an even number of at least {2 * pairs}."
            )
        self.shortest = 2 * pairs
        super().__init__(data=data, evaluation=evaluation)
        self.size, self.pairs = vocabulary, pairs
        self.tokens, self.classes = vocabulary + 1, vocabulary // 2 + 1

    def settings(self) -> dict[str, Any]:
        return {"vocabulary": self.size, "pairs": self.pairs}

    def notes(self) -> list[str]:
        return [f"an answer by one of the values that were read, whatever its key, is right once in {self.pairs}"]

    def draw(self, rows: int, length: int, generator: torch.Generator) -> StepBatch:
        half, context = self.size // 2, 2 * self.pairs
        keys_BD, values_BD = (torch.rand(rows, half, generator=generator).argsort(1)[:, : self.pairs] for _ in range(2))
        inputs_BT = torch.zeros(rows, context + length, dtype=torch.int64)
        inputs_BT[:, 0:context:2] = 1 + keys_BD
        inputs_BT[:, 1:context:2] = 1 + half + values_BD
        slots = length // 2
        likelihoods_S = torch.arange(1.0, slots + 1, dtype=torch.float64) ** (POWER - 1)
        slots_BD = torch.multinomial(likelihoods_S.expand(rows, slots), self.pairs, generator=generator)
        order_BD = torch.rand(rows, self.pairs, generator=generator).argsort(1)  # slots come likeliest first
        queries_BD = context + 2 * slots_BD.gather(1, order_BD)
        inputs_BT.scatter_(1, queries_BD, 1 + keys_BD)
        targets_BT = torch.full_like(inputs_BT, half).scatter_(1, queries_BD, values_BD)
        return StepBatch(inputs_BT, targets_BT, targets_BT != half, targets_BT.numel())
