"""The output layer with its cross-entropy, without keeping a probability for every position and symbol.

    z = W o + b        loss = sum_m sum_v q_mv (log sum_u exp z_mu - z_mv)        d loss / dz_mv = softmax(z_m)_v - q_mv

q_m is the target: one symbol, that symbol smoothed (Szegedy et al. 2015, arXiv:1512.00567, section 7), or any distribution. The
gradient is made together with the loss, block of positions by block, while
the block's logits are still in the cache: with thousands of symbols this layer is most of a training step, and keeping its
logits most of the memory.

It is not differentiable twice. Axes: M positions, R readout, V symbols.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

BLOCK = 3_000_000  # logits made at a time: about 12 MB


def linear_cross_entropy(
    readout_MR: Tensor,
    weight_VR: Tensor,
    bias_V: Tensor,
    targets: Tensor,
    *,
    smoothing: float = 0.0,
    without: int | None = None,
) -> Tensor:
    """The loss summed over the positions, in nats (float32, or float64 for float64).

    `targets` are symbols [M] (int64) or distributions [M, V] (float; rows sum to 1). `without`: a symbol
    that takes no part, neither in the softmax nor in the smoothing. Under autocast the products are in its type.
    """
    if smoothing and targets.is_floating_point():
        raise ValueError("smoothing is for targets that are symbols: mix the distribution yourself.")
    settings = (smoothing, without, torch.is_grad_enabled())
    loss: Tensor = _LinearCrossEntropy.apply(readout_MR, weight_VR, bias_V, targets, settings)  # type: ignore[no-untyped-call]
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, readout: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, settings: tuple[float, int | None, bool]
    ) -> Tensor:
        smoothing, without, wanted = settings
        kind = torch.get_autocast_dtype(readout.device.type) if _autocasting(readout) else weight.dtype
        x_MR, w_VR, b_V = readout.to(kind), weight.to(kind), bias.to(kind)
        exact = torch.float64 if weight.dtype == torch.float64 else torch.float32
        loss = torch.zeros((), dtype=exact, device=readout.device)
        d_readout, d_weight, d_bias = (
            (torch.empty_like(readout), torch.zeros_like(weight), torch.zeros_like(bias)) if wanted else (None, None, None)
        )
        rows = max(1, BLOCK // weight.size(0))
        with torch.autocast(readout.device.type, enabled=False):
            for start in range(0, x_MR.size(0), rows):
                block = slice(start, start + rows)
                z_MV = F.linear(x_MR[block], w_VR, b_V).to(exact)
                if without is not None:
                    z_MV[:, without] = -torch.inf
                loss += _loss_and_gradient_(z_MV, targets[block], smoothing, without)
                if d_readout is None or d_weight is None or d_bias is None:
                    continue
                d_bias += z_MV.sum(0)
                dz_MV = z_MV.to(kind)
                d_readout[block] = dz_MV @ w_VR
                _add_product(d_weight, dz_MV, x_MR[block])
        ctx.save_for_backward(d_readout, d_weight, d_bias)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        d_readout, d_weight, d_bias = ctx.saved_tensors
        return d_readout * gradient, d_weight * gradient, d_bias * gradient, None, None


def _loss_and_gradient_(z_MV: Tensor, targets: Tensor, smoothing: float, without: int | None) -> Tensor:
    """The loss of a block; its logits become their gradient in place."""
    hard = not targets.is_floating_point()
    symbols = z_MV.size(1) - (without is not None)
    wanted_M1 = z_MV.gather(1, targets.unsqueeze(1)) if hard else (z_MV * targets).sum(1, keepdim=True)
    if smoothing:
        finite_MV = z_MV if without is None else z_MV.masked_fill(z_MV == -torch.inf, 0.0)
        wanted_M1 = (1 - smoothing) * wanted_M1 + smoothing / symbols * finite_MV.sum(1, keepdim=True)
    top_M1 = z_MV.amax(1, keepdim=True)
    sum_M1 = z_MV.sub_(top_M1).exp_().sum(1, keepdim=True)
    z_MV.div_(sum_M1)
    if smoothing:
        z_MV.sub_(smoothing / symbols)
        if without is not None:
            z_MV[:, without] = 0.0
    if hard:
        z_MV.scatter_add_(1, targets.unsqueeze(1), torch.full_like(wanted_M1, smoothing - 1))
    else:
        z_MV.sub_(targets)
    return (sum_M1.log_().add_(top_M1).sub_(wanted_M1)).sum()


def _add_product(total_VR: Tensor, dz_MV: Tensor, x_MR: Tensor) -> None:
    if dz_MV.dtype == total_VR.dtype:
        total_VR.addmm_(dz_MV.t(), x_MR)
    else:
        total_VR += dz_MV.t() @ x_MR


def _autocasting(tensor: Tensor) -> bool:
    return torch.is_autocast_enabled(tensor.device.type)
