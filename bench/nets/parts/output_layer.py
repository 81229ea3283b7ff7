"""The output layer with its cross-entropy, without keeping a probability for every position and symbol.

    z = W o + b        loss = sum_m sum_v q_mv (log sum_u exp z_mu - z_mv)        d loss / dz_mv = softmax(z_m)_v - q_mv

q_m is the target: one symbol, that symbol smoothed (Szegedy et al. 2015, arXiv:1512.00567, section 7), or any distribution.
The gradient is made together with the loss, block by block, while a block is still in the cache: with thousands of symbols
this layer is most of a training step, and keeping its probabilities most of the memory.

It is not differentiable twice. Axes: M positions, R readout, V symbols.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

LOGITS = 4_000_000  # made at a time: a bound on memory
LOW_LOGITS = 16_000_000  # the same in a lower precision, whose products want to be larger
DEVICE_LOGITS = 64_000_000  # the same on a GPU, where each product costs a launch
BLOCK = 250_000  # turned into their gradient at a time: about 1 MB, what a core's cache holds; on a GPU all at once
ROWS = 64  # products in a lower precision have a multiple of so many rows


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
        with_gradients = settings[2]
        kind = torch.get_autocast_dtype(readout.device.type) if _autocasting(readout) else weight.dtype
        x_MR, w_VR, b_V = readout.to(kind), weight.to(kind), bias.to(kind)
        exact = torch.float64 if weight.dtype == torch.float64 else torch.float32
        loss = torch.zeros((), dtype=exact, device=readout.device)
        d_readout, d_weight, d_bias = (
            (torch.empty_like(readout), torch.zeros_like(weight), torch.zeros_like(bias))
            if with_gradients
            else (None, None, None)
        )
        on_host = readout.device.type == "cpu"
        logits = (LOGITS if kind == exact else LOW_LOGITS) if on_host else DEVICE_LOGITS
        rows = max(1, logits // weight.size(0))
        with torch.autocast(readout.device.type, enabled=False):
            for start in range(0, x_MR.size(0), rows):
                chunk = slice(start, start + rows)
                x_NR = _rounded(x_MR[chunk], exact)
                z_NV = F.linear(x_NR, w_VR, b_V)
                valid = len(targets[chunk])
                loss += _loss_and_gradient_(z_NV[:valid], targets[chunk], d_bias, exact, settings)
                if d_readout is not None and d_weight is not None:
                    d_readout[chunk] = (z_NV @ w_VR)[:valid]  # rows of zeros add nothing to the weight's gradient
                    _add_product(d_weight, z_NV, x_NR)
        ctx.save_for_backward(d_readout, d_weight, d_bias)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        d_readout, d_weight, d_bias = ctx.saved_tensors
        return d_readout * gradient, d_weight.mul_(gradient), d_bias * gradient, None, None


def _rounded(x_MR: Tensor, exact: torch.dtype) -> Tensor:
    """With rows of zeros up to a multiple of ROWS where the products are not exact: [N, R].

    On a processor such a product is compiled anew for each number of rows, and that costs more than the rows do: of the
    steps of a translation nearly each has a number of its own.
    """
    return x_MR if x_MR.dtype == exact else F.pad(x_MR, (0, 0, 0, -x_MR.size(0) % ROWS))


def _loss_and_gradient_(
    z_MV: Tensor, targets: Tensor, d_bias: Tensor | None, exact: torch.dtype, settings: tuple[float, int | None, bool]
) -> Tensor:
    """The loss of a chunk; its logits become their gradient in place, and their sum is added to `d_bias`.

    Block by block, each small enough for the cache of a core, and in the exact type whatever that of the logits is.
    """
    smoothing, without, _ = settings
    loss = torch.zeros((), dtype=exact, device=z_MV.device)
    rows = max(1, BLOCK // z_MV.size(1) if z_MV.device.type == "cpu" else len(z_MV))
    room_MV = None if z_MV.dtype == exact else torch.empty(min(rows, len(z_MV)), z_MV.size(1), dtype=exact, device=z_MV.device)
    for start in range(0, len(z_MV), rows):
        low_MV = z_MV[start : start + rows]
        block_MV = low_MV if room_MV is None else room_MV[: len(low_MV)].copy_(low_MV)
        if without is not None:
            block_MV[:, without] = 0.0
        expected_M1 = _expected(block_MV, targets[start : start + rows], smoothing, without)
        if without is not None:
            block_MV[:, without] = -torch.inf
        highest_M1 = block_MV.amax(1, keepdim=True)
        torch.softmax(block_MV, 1, out=block_MV)
        # log sum_u exp z_u is the highest logit less the log of its probability, which is 1 / V or more: one exp, not two
        loss += (highest_M1 - block_MV.amax(1, keepdim=True).log() - expected_M1).sum()
        if d_bias is not None:
            _gradient_(block_MV, targets[start : start + rows], smoothing, without)
            d_bias += block_MV.sum(0)
            if room_MV is not None:
                low_MV.copy_(block_MV)
    return loss


def _expected(logits_MV: Tensor, targets: Tensor, smoothing: float, without: int | None) -> Tensor:
    """sum_v q_mv z_mv [M, 1]; the logit of a symbol that takes no part must be 0."""
    if targets.is_floating_point():
        return (targets * logits_MV).sum(1, keepdim=True)
    own_M1 = logits_MV.gather(1, targets.unsqueeze(1))
    if not smoothing:
        return own_M1
    symbols = logits_MV.size(1) - (without is not None)
    return (1 - smoothing) * own_M1 + smoothing / symbols * logits_MV.sum(1, keepdim=True)


def _gradient_(prob_MV: Tensor, targets: Tensor, smoothing: float, without: int | None) -> None:
    """softmax(z) - q, in place of the probabilities."""
    if targets.is_floating_point():
        prob_MV.sub_(targets)
        return
    if smoothing:
        prob_MV.sub_(smoothing / (prob_MV.size(1) - (without is not None)))
        if without is not None:
            prob_MV[:, without] = 0.0
    target_M1 = targets.unsqueeze(1)
    prob_MV.scatter_add_(1, target_M1, torch.full_like(target_M1, smoothing - 1, dtype=prob_MV.dtype))


def _add_product(total_VR: Tensor, dz_MV: Tensor, x_MR: Tensor) -> None:
    if dz_MV.dtype == total_VR.dtype:
        total_VR.addmm_(dz_MV.t(), x_MR)
    else:
        total_VR += dz_MV.t() @ x_MR


def _autocasting(tensor: Tensor) -> bool:
    return torch.is_autocast_enabled(tensor.device.type)
