"""Dropout whose mask is drawn anew at every step, or once for a whole sequence.

    step       y_t = m_t * x_t / (1 - p)      one mask a step (Zaremba et al. 2014, arXiv:1409.2329)
    sequence   y_t = m   * x_t / (1 - p)      one mask a row, the same at all its steps (Gal and Ghahramani 2016,
                                              arXiv:1512.05287, section 4: "variational" dropout)

m is 1 with probability 1 - p. Both act on what goes into and out of recurrent layers, never on the recurrent path. A mask a
sequence also costs a T-th of the random numbers. With truncated windows a mask holds for one window.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import fraction, one_of
from bench.settings import Settings

MASKS = ("step", "sequence")


class Dropout(nn.Module):
    """Reads [..., H] with `step`; with `sequence` [B, T, H], or one step [B, H], which then has a mask of its own."""

    def __init__(self, name: str, p: float, mask: str) -> None:
        super().__init__()
        self.p, self.mask = fraction(name, p), mask
        self.shared = one_of("stack.dropout_mask", mask, MASKS) == "sequence"

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        if not self.shared or x.dim() < 3 or self.p == 1:
            return F.dropout(x, self.p)
        keep_probability = 1 - self.p
        mask_B1H = torch.empty_like(x[:, :1]).bernoulli_(keep_probability).div_(keep_probability)
        return x * mask_B1H


def no_dropout() -> Dropout:
    return Dropout("stack.dropout", 0.0, "step")


@dataclass(frozen=True)
class DropoutAtEnds(Settings):
    """Of a net: dropout of what enters the stack, and of what the output layer reads."""

    input_dropout: float
    output_dropout: float

    def like(self, dropout: Dropout) -> tuple[Dropout, Dropout]:
        """(of the input, of the output), with the mask of `dropout`, the stack's own."""
        return (
            Dropout("net.input_dropout", self.input_dropout, dropout.mask),
            Dropout("net.output_dropout", self.output_dropout, dropout.mask),
        )
