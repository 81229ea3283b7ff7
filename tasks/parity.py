"""Parity: whether the number of ones in a string of bits is odd. Every bit decides, so nothing less than all of them tells.

`data.length` is the number of bits. The answer is asked once, after the last; gradient descent finds it for short strings only.
"""

import torch

from bench.data.batches.sequences import WholeBatch

from .synthetic_classification import OneAnswer


class Parity(OneAnswer):
    """Two classes: even, odd."""

    tokens = 2
    classes = 2

    def draw(self, rows: int, length: int, generator: torch.Generator) -> WholeBatch:
        inputs_BT = torch.randint(2, (rows, length), generator=generator)
        return WholeBatch(inputs_BT, inputs_BT.sum(1) % 2, None, rows)
