"""A diagonal recurrence of several memories a unit, whose states are too many to be kept at all steps.

    h_t = exp(delta_t A) * h_{t-1} + w_t b_t'           y_t = h_t c_t           h_t [B, H, S]; A < 0 [H, S]

On a CPU a loop over time, in place, on states small enough for a core's cache: it keeps every CHUNK-th state, and the
backward goes from chunk to chunk, makes the states of one again, and runs through it from its end with the errors

    e_t = dy_t c_t' + a_{t+1} * e_{t+1}         dc_t = dy_t h_t      dw_t = e_t b_t      db_t = w_t e_t
    d(delta_t A) = e_t * a_t * h_{t-1}

Elsewhere a chunk at a time in parallel over time (`bench.cells.scan.linear_recurrence`), made again for the backward too.
A step with delta = 0 and w = 0 leaves the state as it is.

Axes: S states of a unit, C steps of a chunk.
"""

from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

from bench.cells.scan.linear_recurrence import recur

CHUNK = 8
PARALLEL_CHUNK = 64


def selective_scan(
    delta_BTH: Tensor, w_BTH: Tensor, b_BTS: Tensor, c_BTS: Tensor, rate_HS: Tensor, h_BHS: Tensor
) -> tuple[Tensor, Tensor]:
    """(y_BTH, the state after the last step)."""
    if delta_BTH.device.type == "cpu":
        return cast("tuple[Tensor, Tensor]", _Loop.apply(delta_BTH, w_BTH, b_BTS, c_BTS, rate_HS, h_BHS))  # type: ignore[no-untyped-call]
    outputs = []
    for chunk in zip(*(torch.split(part, PARALLEL_CHUNK, 1) for part in (delta_BTH, w_BTH, b_BTS, c_BTS)), strict=True):
        y_BCH, h_BHS = checkpoint(_chunk, *chunk, rate_HS, h_BHS, use_reentrant=False, preserve_rng_state=False)
        outputs.append(y_BCH)
    return torch.cat(outputs, 1), h_BHS


def _chunk(
    delta_BCH: Tensor, w_BCH: Tensor, b_BCS: Tensor, c_BCS: Tensor, rate_HS: Tensor, h_BHS: Tensor
) -> tuple[Tensor, Tensor]:
    a_BCHS = torch.exp(delta_BCH.unsqueeze(3) * rate_HS)
    h_BCHS, last_BHS = recur(a_BCHS, w_BCH.unsqueeze(3) * b_BCS.unsqueeze(2), h_BHS, None)
    return (h_BCHS @ c_BCS.unsqueeze(3)).squeeze(3), last_BHS


class _Loop(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        delta_BTH, w_BTH, b_BTS, c_BTS, rate_HS, h_BHS = inputs
        steps, kept = delta_BTH.size(1), []
        y_BTH, h_BHS, a_BHS = torch.empty_like(delta_BTH), h_BHS.clone(), torch.empty_like(h_BHS)
        for step in range(steps):
            if step % CHUNK == 0:
                kept.append(h_BHS.clone())
            _advance(step, (delta_BTH, w_BTH, b_BTS), rate_HS, h_BHS, a_BHS, out=h_BHS)
            torch.matmul(h_BHS, c_BTS[:, step].unsqueeze(2), out=y_BTH[:, step].unsqueeze(2))
        ctx.save_for_backward(delta_BTH, w_BTH, b_BTS, c_BTS, rate_HS, *kept)
        return y_BTH, h_BHS

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_BTH: Tensor, d_last_BHS: Tensor) -> tuple[Tensor, ...]:
        delta_BTH, w_BTH, b_BTS, c_BTS, rate_HS, *kept = ctx.saved_tensors
        d_delta, d_w, d_b, d_c = (torch.empty_like(part) for part in (delta_BTH, w_BTH, b_BTS, c_BTS))
        d_rate, e_BHS = torch.zeros_like(rate_HS), d_last_BHS.clone(memory_format=torch.contiguous_format)
        states = [torch.empty_like(e_BHS) for _ in range(CHUNK)]
        decays = [torch.empty_like(e_BHS) for _ in range(CHUNK)]
        for number in reversed(range(len(kept))):
            first, last = number * CHUNK, min((number + 1) * CHUNK, delta_BTH.size(1))
            before = [kept[number], *states]
            for place, step in enumerate(range(first, last)):
                _advance(step, (delta_BTH, w_BTH, b_BTS), rate_HS, before[place], decays[place], out=states[place])
            for place, step in reversed(list(enumerate(range(first, last)))):
                dy_BH1, b_BS1, w_BH1 = dy_BTH[:, step].unsqueeze(2), b_BTS[:, step].unsqueeze(2), w_BTH[:, step].unsqueeze(2)
                e_BHS.addcmul_(dy_BH1, c_BTS[:, step].unsqueeze(1))
                d_c[:, step] = torch.matmul(states[place].transpose(1, 2), dy_BH1).squeeze(2)
                d_w[:, step] = torch.matmul(e_BHS, b_BS1).squeeze(2)
                d_b[:, step] = torch.matmul(e_BHS.transpose(1, 2), w_BH1).squeeze(2)
                e_BHS.mul_(decays[place])
                d_exponent_BHS = states[place].copy_(e_BHS).mul_(before[place])
                d_delta[:, step] = (d_exponent_BHS * rate_HS).sum(2)
                d_rate += (d_exponent_BHS.mul_(delta_BTH[:, step].unsqueeze(2))).sum(0)
        return d_delta, d_w, d_b, d_c, d_rate, e_BHS


def _advance(
    step: int, inputs: tuple[Tensor, Tensor, Tensor], rate_HS: Tensor, before_BHS: Tensor, decay_BHS: Tensor, *, out: Tensor
) -> None:
    """The state after a step into `out`, its decay into `decay_BHS`."""
    delta_BTH, w_BTH, b_BTS = inputs
    torch.mul(delta_BTH[:, step].unsqueeze(2), rate_HS, out=decay_BHS).exp_()
    torch.mul(before_BHS, decay_BHS, out=out)
    out.addcmul_(w_BTH[:, step].unsqueeze(2), b_BTS[:, step].unsqueeze(1))
