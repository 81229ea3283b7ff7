"""A linear map used at many time steps, whose weight gradient is one product over all of them.

    y_t = W x_t + b        dW = sum_t dy_t x_t^T = [dy_1 .. dy_T] [x_1 .. x_T]^T        db = sum_t dy_t

Autograd makes a product and an addition of the size of W at every step; inside `deferred()` the steps only note x_t and
dy_t, and dW and db are made when the backward pass leaves the first step. Values and gradients are the same up to rounding.
Outside, and where no gradient is wanted, it is torch's own map. Under autocast only the products of a block are in the lower
precision, from weights that are converted once; what lies between them is in float32, which on a processor is also faster.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_block: ContextVar["_Block | None"] = ContextVar("block", default=None)


@contextmanager
def deferred(device_type: str) -> Iterator[None]:
    """Inside, all calls of `linear` with one weight share one product."""
    lower = torch.get_autocast_dtype(device_type) if torch.is_autocast_enabled(device_type) else None
    token = _block.set(_Block(lower))
    try:
        with torch.autocast(device_type, enabled=False):
            yield
    finally:
        _block.reset(token)


def linear(x_BI: Tensor, weight_GI: Tensor, bias_G: Tensor | None = None) -> Tensor:
    """torch.nn.functional.linear on rows."""
    block = _block.get()
    if block is None or not torch.is_grad_enabled() or not weight_GI.requires_grad:
        return F.linear(x_BI, weight_GI, bias_G)
    if id(weight_GI) not in block.uses:
        block.uses[id(weight_GI)] = _Use(weight_GI, bias_G, block.lower)
    use = block.uses[id(weight_GI)]
    y_BG: Tensor = _Step.apply(x_BI, use.handle, use)  # type: ignore[no-untyped-call]
    return y_BG


class _Block:
    def __init__(self, lower: torch.dtype | None) -> None:
        self.lower = lower
        self.uses: dict[int, _Use] = {}


class _Use:
    """One weight in one block: its inputs and the gradients of its outputs, by step; `handle` ties the steps to the weight."""

    def __init__(self, weight_GI: Tensor, bias_G: Tensor | None, lower: torch.dtype | None) -> None:
        kind = weight_GI.dtype if lower is None else lower
        self.named_by = weight_GI  # kept alive, so that no other weight of this block has its id
        self.weight_GI = weight_GI.detach().to(kind)
        self.bias_G = None if bias_G is None else bias_G.detach().to(kind)
        self.inputs: list[Tensor] = []
        self.gradients: list[Tensor | None] = []
        self.handle: Tensor = _Collect.apply(weight_GI, bias_G, self)  # type: ignore[no-untyped-call]


class _Collect(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight_GI: Tensor, bias_G: Tensor | None, use: _Use) -> Tensor:
        ctx.use, ctx.kinds = use, (weight_GI.dtype, None if bias_G is None else bias_G.dtype)
        return weight_GI.new_zeros(())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, _: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        use: _Use = ctx.use
        pairs = [(x, dy) for x, dy in zip(use.inputs, use.gradients, strict=True) if dy is not None]
        x_MI, dy_MG = (torch.cat(parts) for parts in zip(*pairs, strict=True))
        d_weight = (dy_MG.t() @ x_MI).to(ctx.kinds[0])
        d_bias = None if ctx.kinds[1] is None else dy_MG.sum(0).to(ctx.kinds[1])
        use.inputs, use.gradients = [], []
        return d_weight, d_bias, None


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_BI: Tensor, handle: Tensor, use: _Use) -> Tensor:
        ctx.use, ctx.place, ctx.kind = use, len(use.inputs), x_BI.dtype
        x_BI = x_BI.to(use.weight_GI.dtype)
        use.inputs.append(x_BI)
        use.gradients.append(None)
        return F.linear(x_BI, use.weight_GI, use.bias_G).to(handle.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_BG: Tensor) -> tuple[Tensor | None, Tensor, None]:
        use: _Use = ctx.use
        handle = dy_BG.new_zeros(())
        dy_BG = dy_BG.to(use.weight_GI.dtype)
        use.gradients[ctx.place] = dy_BG
        d_x = (dy_BG @ use.weight_GI).to(ctx.kind) if ctx.needs_input_grad[0] else None
        return d_x, handle, None
