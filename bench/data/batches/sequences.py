"""Batches of whole sequences, each with one answer or with one at every step; no state goes from one batch to the next."""

from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class WholeBatch:
    """One answer a row. `inputs_BT`: tokens [B, T], or vectors [B, T, I]; `targets_B`: classes [B], or numbers [B, K].

    `lengths_B` None: every row is full. `tokens` counts the answers.
    """

    inputs_BT: Tensor
    targets_B: Tensor
    lengths_B: Tensor | None
    tokens: int
    first: bool = True

    def to(self, device: Any) -> "WholeBatch":
        lengths_B = None if self.lengths_B is None else self.lengths_B.to(device)
        return replace(self, inputs_BT=self.inputs_BT.to(device), targets_B=self.targets_B.to(device), lengths_B=lengths_B)


@dataclass(frozen=True)
class StepBatch:
    """A class at every step [B, T]; `asked_BT` marks the steps whose answer has to be remembered, which are scored.

    Every row is full. `tokens` counts the steps.
    """

    inputs_BT: Tensor
    targets_BT: Tensor
    asked_BT: Tensor
    tokens: int
    first: bool = True

    @property
    def lengths_B(self) -> None:
        return None

    def to(self, device: Any) -> "StepBatch":
        moved = {name: getattr(self, name).to(device) for name in ("inputs_BT", "targets_BT", "asked_BT")}
        return replace(self, **moved)
