"""More digits for a few numbers on which many depend."""

import torch
from torch import Tensor

WIDER = {torch.float32: torch.float64, torch.complex64: torch.complex128}


def wide(x: Tensor) -> Tensor:
    """`x` in twice the precision, on devices that have it."""
    return x if x.device.type == "mps" else x.to(WIDER.get(x.dtype, x.dtype))
