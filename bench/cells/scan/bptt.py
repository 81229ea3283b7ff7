"""Backpropagation through time, written out: any cell's whole sequence in one pass forward and one backward.

The derivation, for Elman's network below a softmax. Names as in the cells: W reads the input, U the state, V is the output
layer (many textbooks call the first two U and W).

    a_t = W x_t + U h_{t-1} + b      h_t = tanh(a_t)      o_t = V h_t      y^_t = softmax(o_t)      L = - sum_t y_t . log y^_t

The softmax and the logarithm meet: with y_t one-hot and k its one, dL/do_tj = y^_tj - [j = k], so the error of the output is

    dL/do_t = y^_t - y_t             dL/dV = sum_t (y^_t - y_t) h_t^T

h_t is read twice, by V at t and by U at t + 1. Write e_t = dL/dh_t and d_t = dL/da_t, with d_{T+1} = 0:

    e_t = V^T (y^_t - y_t) + U^T d_{t+1}                 d_t = (1 - h_t^2) * e_t             (tanh' = 1 - tanh^2)

Each earlier error is the later one through the recurrent matrix and the derivative of tanh; after k steps there are k such
factors, which is why gradients vanish or explode (Bengio et al. 1994, doi 10.1109/72.279181). W, U and b are shared by all
steps, so their gradients are sums over time, and a sum of outer products is one product of the stacked rows:

    dL/dW = sum_t d_t x_t^T = D^T X      dL/dU = sum_t d_t h_{t-1}^T = D^T H_before      dL/db = sum_t d_t
    dL/dx_t = W^T d_t, all at once: X's gradient = D W            dL/dh_0 = U^T d_1

(Werbos 1990, doi 10.1109/5.58337.) V^T (y^_t - y_t) comes from outside, as the gradient of the outputs; with gates d_t has one
block a gate. So a cell gives only what lies between the products (`bench.cells.scan.steps`), and the rest is here: W x_t for
all steps as one product before the loop, one recurrent product a step, each weight's gradient as one product over all rows.

Truncated backpropagation is this on one window: the state given enters the values, and its error is handed out, for the
caller to cut (`bench.cells.cell.detach`).

Under autocast products are in the lower precision, all else (gates, states, errors, sums) in the state's. There is no second
derivative: asking for one raises. It is not a fused kernel either: it is the same sums in another order, in few operations.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from bench.cells.scan.packed import Packing, packing
from bench.cells.scan.steps import Product, Rows, Steps, Views


class Weights(NamedTuple):
    """`input_GI` None: what is scanned is W x_t + b already. `vectors`: whatever else the steps use."""

    input_GI: Tensor | None
    bias_G: Tensor | None
    recurrent: Views = ()
    vectors: Views = ()


class _Plan(NamedTuple):
    """What of a scan is no tensor. `lower`: the dtype of products under autocast."""

    steps: type[Steps]
    packing: Packing
    states: int
    recurrent: int
    lower: torch.dtype | None

    def lowered(self, tensor: Tensor) -> Tensor:
        return tensor if self.lower is None else tensor.to(self.lower)


def scan(
    steps: type[Steps], x_BTI: Tensor, *, states: Views, weights: Weights, lengths_B: Tensor | None
) -> tuple[Tensor, Views]:
    """(the first state at all steps, y_BTH, exactly 0 in the padding; each state after each row's last valid step)."""
    device, kind = x_BTI.device.type, states[0].dtype
    lower = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) and kind != torch.float64 else None
    rows = packing(x_BTI, lengths_B)
    plan = _Plan(steps, rows, len(states), len(weights.recurrent), lower)
    y_BTH, *after = _Scan.apply(  # type: ignore[no-untyped-call]
        plan, x_BTI, weights.input_GI, weights.bias_G, *states, *weights.recurrent, *weights.vectors
    )
    return y_BTH, tuple(after)


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, plan: _Plan, x_BTI: Tensor, weight_GI: Tensor | None, bias_G: Tensor | None, *others: Tensor
    ) -> tuple[Tensor, ...]:
        pack, states, weights = plan.packing, others[: plan.states], others[plan.states :]
        with torch.autocast(x_BTI.device.type, enabled=False):
            x_MI = plan.lowered(pack.pack(x_BTI))
            gates_MG = _project(plan, x_MI, weight_GI, bias_G, states[0].dtype)
            run = _start(plan, gates_MG, states, weights)
            run.forward()
        if not plan.steps.reads_gates:
            gates_MG = gates_MG.new_empty(()).expand_as(gates_MG)  # its shape in one number
        ctx.plan, ctx.kind, ctx.weights = plan, x_BTI.dtype, len(weights)
        ctx.save_for_backward(None if weight_GI is None else x_MI, weight_GI, *weights, gates_MG, *run.buffers, *run.kept)
        ctx.set_materialize_grads(False)
        return pack.unpack(run.buffers[0][pack.batch_size :]), *(pack.last(buffer) for buffer in run.buffers)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy_BTH: Tensor | None, *d_after: Tensor | None) -> tuple[Tensor | None, ...]:
        plan: _Plan = ctx.plan
        x_MI, weight_GI, *others = ctx.saved_tensors
        weights, (gates_MG, *buffers) = others[: ctx.weights], others[ctx.weights :]
        products = [Product(weight_GH, plan.lower) for weight_GH in weights[: plan.recurrent]]
        steps = plan.steps(products, weights[plan.recurrent :])
        run = _Run(plan, steps, gates_MG, tuple(buffers[: plan.states]), tuple(buffers[plan.states :]))
        with torch.autocast(gates_MG.device.type, enabled=False):
            local_MG, errors = run.backward(dy_BTH, d_after)
            d_inputs = _input_gradients(plan, local_MG, x_MI, weight_GI, needed=ctx.needs_input_grad[1:4])
            d_weights = run.weight_gradients(local_MG)
        d_x = None if d_inputs[0] is None else plan.packing.unpack(d_inputs[0].to(ctx.kind))
        return None, d_x, *d_inputs[1:], *(plan.packing.unsort(error_BH) for error_BH in errors), *d_weights


class _Run:
    """One sequence, forward or backward: the cell's steps over buffers that hold all rows."""

    def __init__(self, plan: _Plan, steps: Steps, gates_MG: Tensor, buffers: Views, kept: Views) -> None:
        self.plan, self.steps = plan, steps
        self.gates_MG, self.buffers, self.kept = gates_MG, buffers, kept

    def forward(self) -> None:
        self.steps.prepare(Rows(self._cut(self.gates_MG), (), (), self.kept))
        for rows in self._by_step():
            self.steps.forward(rows)

    def backward(self, dy_BTH: Tensor | None, d_after: Sequence[Tensor | None]) -> tuple[Tensor, Views]:
        """(d_t at all rows, the errors of the initial states, the longest row first)."""
        pack, local_MG = self.plan.packing, torch.empty_like(self.gates_MG)
        errors = tuple(
            buffer.new_zeros(pack.batch_size, buffer.size(1)) if d_BH is None else pack.sort(d_BH).clone()
            for buffer, d_BH in zip(self.buffers, d_after, strict=True)
        )
        outer = [None] * len(pack.sizes) if dy_BTH is None else pack.by_step(dy_BTH)
        local = self._cut(local_MG)
        for rows, local_now, dy_NH in reversed(list(zip(self._by_step(), _split(local, pack.sizes), outer, strict=True))):
            errors_now = _first(errors, local_now[0].size(0))
            if dy_NH is not None:
                errors_now[0].add_(dy_NH)
            self.steps.backward(rows, local_now, errors_now)
        self.steps.finish(self._all, local)
        return local_MG, errors

    def weight_gradients(self, local_MG: Tensor) -> list[Tensor]:
        """Of the recurrent weights, each one product over all rows, and of the vectors."""
        local, lowered = self._cut(local_MG), self.plan.lowered
        products = [lowered(error).t() @ lowered(operand) for error, operand in self.steps.reads(self._all, local)]
        return [product.to(local_MG.dtype) for product in products] + self.steps.vector_gradients(self._all, local)

    @cached_property
    def _all(self) -> Rows:
        before = tuple(self.plan.packing.before(buffer) for buffer in self.buffers)
        after = tuple(buffer[self.plan.packing.batch_size :] for buffer in self.buffers)
        return Rows(self._cut(self.gates_MG), before, after, self.kept)

    def _by_step(self) -> list[Rows]:
        pack = self.plan.packing
        states = _split(self.buffers, [pack.batch_size, *pack.sizes])
        before = [_first(views, size) for views, size in zip(states, pack.sizes, strict=False)]
        gates, kept = _split(self._cut(self.gates_MG), pack.sizes), _split(self.kept, pack.sizes)
        return [Rows(*views) for views in zip(gates, before, states[1:], kept, strict=True)]

    def _cut(self, gates_MG: Tensor) -> Views:
        size = self.buffers[0].size(1)
        return tuple(gates_MG[:, first * size : last * size] for first, last in self.steps.blocks)


def _split(views: Views, sizes: list[int]) -> list[Views]:
    return list(zip(*(view.split_with_sizes(sizes) for view in views), strict=True)) if views else [()] * len(sizes)


def _first(views: Views, size: int) -> Views:
    return views if views[0].size(0) == size else tuple(view[:size] for view in views)


def _start(plan: _Plan, gates_MG: Tensor, states: Views, weights: Views) -> _Run:
    """Buffers with the initial states in their first rows, and a copy of each U^T that a product reads in order."""
    batch_size, (count, hidden_size) = plan.packing.batch_size, (gates_MG.size(0), states[0].size(1))
    buffers = tuple(state_BH.new_empty(batch_size + count, hidden_size) for state_BH in states)
    for buffer, state_BH in zip(buffers, states, strict=True):
        buffer[:batch_size] = plan.packing.sort(state_BH)
    kept = tuple(gates_MG.new_empty(count, width) for width in plan.steps.widths(hidden_size))
    products = [Product(weight_GH.t(), plan.lower) for weight_GH in weights[: plan.recurrent]]
    return _Run(plan, plan.steps(products, weights[plan.recurrent :]), gates_MG, buffers, kept)


def _project(plan: _Plan, x_MI: Tensor, weight_GI: Tensor | None, bias_G: Tensor | None, kind: torch.dtype) -> Tensor:
    """W x_t + b at all rows, which the steps may overwrite."""
    if weight_GI is None:
        return x_MI.to(kind, copy=True)
    bias_G = None if bias_G is None else plan.lowered(bias_G)
    return F.linear(x_MI, plan.lowered(weight_GI), bias_G).to(kind)


def _input_gradients(
    plan: _Plan, local_MG: Tensor, x_MI: Tensor | None, weight_GI: Tensor | None, *, needed: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Of x_MI, W and b, as far as they are `needed`."""
    if weight_GI is None or x_MI is None:
        return local_MG, None, None
    lowered_MG = plan.lowered(local_MG)
    d_x = lowered_MG @ plan.lowered(weight_GI) if needed[0] else None
    d_weight = (lowered_MG.t() @ x_MI).to(weight_GI.dtype) if needed[1] else None
    return d_x, d_weight, local_MG.sum(0) if needed[2] else None
