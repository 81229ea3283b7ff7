"""A state that only blends: h_t = (1 - z_t) * h_{t-1} + z_t * g_t, where z and g do not depend on h.

Such steps compose to steps of the same kind, so all h can be had in log2(T) rounds instead of T:

    h_t = a_t * h_{t-1} + b_t     =>     h_t = (a_t a_{t-1}) * h_{t-2} + (b_t + a_t b_{t-1})     =>     ...

and the errors e_t = dL/dh_t + conj(a_{t+1}) * e_{t+1} follow the same law backwards in time (of a real a, a itself). The
rounds of Hillis and Steele 1986 (doi 10.1145/7902.7903) are few and wide, which suits a GPU; they do log2(T) times the work, so
a CPU is faster with a loop (`recur`; `Blend`, `bench.cells.scan.bptt`). No logarithms are taken (compare Feng et al. 2024,
arXiv:2410.01201, appendix B), so g may be negative, and a <= 1 keeps it stable.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from bench.cells.scan.padding import valid_mask, zero_padding
from bench.cells.scan.steps import Rows, Steps, Views


class Blend(Steps):
    """Gates: all; z, of which `prepare` makes sigma(z); g; maybe more. There are no products."""

    blocks: tuple[tuple[int, int], ...] = ((0, 2), (0, 1), (1, 2))

    def prepare(self, rows: Rows) -> None:
        rows.gates[1].sigmoid_()

    def forward(self, rows: Rows) -> None:
        (_, z, g, *_), (h,), (h_after,), _ = rows
        torch.lerp(h, g, z, out=h_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        """d_g = dh * z; what is left of dh goes to the state before."""
        (_, z, *_), (_, _, d_g, *_), (dh,) = rows.gates, local, errors
        dh.sub_(torch.mul(dh, z, out=d_g))

    def finish(self, rows: Rows, local: Views) -> None:
        """d_z = dh * (g - h) * z * (1 - z)."""
        (_, z, g, *_), (h,), (_, d_z, d_g, *_) = rows.gates, rows.before, local
        torch.sub(g, h, out=d_z).mul_(d_g)
        d_z.addcmul_(d_z, z, value=-1)


def blend(z_BTH: Tensor, g_BTH: Tensor, h_BH: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """(h_BTH, 0 in the padding; h after each row's last valid step), in parallel over time."""
    if lengths_B is None:
        h_BTH: Tensor = _Recurrence.apply(1 - z_BTH, z_BTH * g_BTH, h_BH, True)  # type: ignore[no-untyped-call]
        return h_BTH, h_BTH[:, -1]
    valid_BT = valid_mask(lengths_B, z_BTH)
    h_BTH, last_BH = blend(zero_padding(z_BTH, valid_BT), zero_padding(g_BTH, valid_BT), h_BH, None)
    return zero_padding(h_BTH, valid_BT), last_BH


def recur(a_BTH: Tensor, b_BTH: Tensor, h_BH: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """h_t = a_t * h_{t-1} + b_t, real or complex, |a| <= 1: (h_BTH, 0 in the padding; h after each row's last valid step).

    A loop of one operation a step on a CPU, elsewhere in parallel over time.
    """
    valid_BT = None if lengths_B is None else valid_mask(lengths_B, b_BTH)
    if valid_BT is not None:
        a_BTH, b_BTH = a_BTH.masked_fill(~valid_BT.unsqueeze(2), 1.0), zero_padding(b_BTH, valid_BT)
    parallel = b_BTH.device.type != "cpu"
    h_BTH: Tensor = _Recurrence.apply(a_BTH, b_BTH, h_BH, parallel)  # type: ignore[no-untyped-call]
    return h_BTH if valid_BT is None else zero_padding(h_BTH, valid_BT), h_BTH[:, -1]


def cumulate(a_BTH: Tensor, b_BTH: Tensor) -> Tensor:
    """h_t = a_t * h_{t-1} + b_t from h_0 = 0, in rounds that double the reach."""
    reach, steps = 1, a_BTH.size(1)
    while reach < steps:
        b_BTH = torch.cat([b_BTH[:, :reach], torch.addcmul(b_BTH[:, reach:], a_BTH[:, reach:], b_BTH[:, :-reach])], 1)
        a_BTH = torch.cat([a_BTH[:, :reach], a_BTH[:, reach:] * a_BTH[:, :-reach]], 1)
        reach *= 2
    return b_BTH


class _Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a_BTH: Tensor, b_BTH: Tensor, h_BH: Tensor, parallel: bool) -> Tensor:
        if parallel:
            started_BTH = torch.cat([torch.addcmul(b_BTH[:, 0], a_BTH[:, 0], h_BH).unsqueeze(1), b_BTH[:, 1:]], 1)
            h_BTH = cumulate(a_BTH, started_BTH)
        else:
            h_BTH, before_BH = b_BTH.new_empty(b_BTH.shape), h_BH
            for a, b, now_BH in zip(a_BTH.unbind(1), b_BTH.unbind(1), h_BTH.unbind(1), strict=True):
                before_BH = torch.addcmul(b, a, before_BH, out=now_BH)
        ctx.parallel = parallel
        ctx.save_for_backward(a_BTH, h_BTH, h_BH)
        return h_BTH

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dh_BTH: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        a_BTH, h_BTH, h_BH = ctx.saved_tensors
        a_BTH = a_BTH.conj()
        if ctx.parallel:
            later_BTH = torch.cat([a_BTH[:, 1:], torch.zeros_like(a_BTH[:, :1])], 1)
            e_BTH = cumulate(later_BTH.flip(1), dh_BTH.flip(1)).flip(1)
        else:
            e_BTH = dh_BTH.clone(memory_format=torch.contiguous_format)
            a_by_step, e_by_step = a_BTH.unbind(1), e_BTH.unbind(1)
            for step in reversed(range(len(e_by_step) - 1)):
                e_by_step[step].addcmul_(a_by_step[step + 1], e_by_step[step + 1])
        before_BTH = torch.cat([h_BH.unsqueeze(1), h_BTH[:, :-1]], 1)
        return e_BTH * before_BTH.conj(), e_BTH, e_BTH[:, 0] * a_BTH[:, 0], None
