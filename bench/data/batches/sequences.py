"""Batches of whole sequences, each with one answer or with one at every step; no state goes from one batch to the next."""

from dataclasses import dataclass

from torch import Tensor

from bench.data.batches.batch import Batch


@dataclass(frozen=True)
class WholeBatch(Batch):
    """One answer a row. `inputs_BT`: tokens [B, T], or vectors [B, T, I]; `targets_B`: classes [B], or numbers [B, K].

    `lengths_B` None: every row is full. `tokens` counts the answers.
    """

    inputs_BT: Tensor
    targets_B: Tensor
    lengths_B: Tensor | None
    tokens: int
    first: bool = True


@dataclass(frozen=True)
class StepBatch(Batch):
    """A class at every step [B, T]; `asked_BT` marks the steps whose answer has to be remembered, which are scored.

    `lengths_B` None: every row is full; nothing is asked in the padding. `tokens` counts the steps.
    """

    inputs_BT: Tensor
    targets_BT: Tensor
    asked_BT: Tensor
    tokens: int
    first: bool = True
    lengths_B: Tensor | None = None
