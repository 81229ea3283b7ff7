"""The next frame of keys from those before, each key by itself: a sigmoid a key over the stack's output.

    h = stack(dropout(x))        p(key k sounds in frame t + 1) = sigma(w_k . dropout(h_t) + b_k)

Given the past the keys are independent, as in the plain recurrence of Boulanger-Lewandowski et al. 2012 (arXiv:1206.6392,
section 6); their RNN-RBM, whose keys are not, is another net. The negative log-likelihood is the sum over the keys; what is
counted are frames. The output layer starts as that of `bench.nets.aligned`.
"""

from collections.abc import Callable
from math import sqrt
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.scan.padding import valid_mask
from bench.cells.state import State
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.stack import Stack
from bench.nets.parts.weight_noise import WeightNoise
from bench.nets.roles import Frames
from bench.nets.topology import Topology


class FramesBatch(Protocol):
    """Frames in [B, T, K], the frames after them out, 0 and 1. `lengths_B` None: every row is full."""

    @property
    def inputs_BT(self) -> Tensor: ...
    @property
    def targets_BT(self) -> Tensor: ...
    @property
    def lengths_B(self) -> Tensor | None: ...


class NextFrame(Frames[FramesBatch]):
    """`weight_noise`: the deviation of the noise on all weights while they train."""

    topologies = frozenset({Topology.NEXT_FRAME})

    def __init__(self, *, make_stack: Callable[[int], Stack], keys: int, dropout: DropoutAtEnds, weight_noise: float) -> None:
        super().__init__()
        self.stack = make_stack(keys)
        self.input_dropout, self.output_dropout = dropout.like(self.stack.dropout)
        self.noise = WeightNoise("net.weight_noise", weight_noise)
        self.output = nn.Linear(self.stack.output_size, keys)
        nn.init.uniform_(self.output.weight, -1 / sqrt(self.stack.output_size), 1 / sqrt(self.stack.output_size))
        nn.init.zeros_(self.output.bias)

    def frames(self, batch: FramesBatch) -> Tensor:
        state = self.stack.init_state(len(batch.inputs_BT), self.output.weight)
        y_BTH, _ = self.stack.scan(self.input_dropout(batch.inputs_BT), state, batch.lengths_B)
        return self.output(self.output_dropout(y_BTH)).float()  # type: ignore[no-any-return]

    def loss(self, batch: FramesBatch, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((the sum over frames and keys in nats, how many frames there are), ()): no state goes from batch to batch."""
        if self.training and torch.is_grad_enabled():
            self.noise.add(self)
        return frame_nll(self.frames(batch), batch.targets_BT, batch.lengths_B), ()


def frame_nll(logits_BTK: Tensor, targets_BTK: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """(sum in nats over the keys of all valid frames, integer count of these frames)."""
    nll_BTK = F.binary_cross_entropy_with_logits(logits_BTK, targets_BTK, reduction="none")
    frames = targets_BTK.size(0) * targets_BTK.size(1)
    if lengths_B is None:
        return nll_BTK.sum(), torch.tensor(frames)
    valid_BT = valid_mask(lengths_B, targets_BTK)
    return nll_BTK.sum(2).masked_fill(~valid_BT, 0.0).sum(), lengths_B.sum()
