"""Blocks around cells: their equation read once more in numpy, decoding by step, and what a cell of any kind must survive."""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import choices
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from processor import needs_bf16
from states import leaves
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.gru import GRU
from bench.cells.lstm import LSTM
from bench.cells.scan.deferred import deferred
from bench.cells.state import State, map_state
from bench.errors import Refusal
from bench.nets.parts.block_settings import BlockSettings
from bench.nets.parts.blocks import Blocks, Shape
from bench.nets.parts.dropout import Dropout, no_dropout
from bench.nets.parts.stack import DIRECTIONS, Stack

Array = NDArray[np.float64]
LENGTHS = torch.tensor([2, 6, 0, 1, 5])
SETTINGS = [
    BlockSettings(*parts) for parts in product(("residual", "gated"), (0, 3), (1, 2), (0.0, 1.5)) if parts[1:] != (0, 2, 1.5)
]
over_settings = pytest.mark.parametrize("block", SETTINGS, ids=str)


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def gru(input_size: int, hidden_size: int) -> Cell:
    return GRU(input_size, hidden_size, recurrent_init="orthogonal")


def lstm(input_size: int, hidden_size: int) -> Cell:
    return LSTM(input_size, hidden_size, recurrent_init="uniform", forget_bias=0.0)


def blocks(
    block: BlockSettings,
    make_cell: Callable[[int, int], Cell] = gru,
    *,
    shape: Shape = Shape(3, 4, 2, "forward"),  # noqa: B008 - immutable
    dropout: float = 0.0,
) -> Blocks:
    """In float64, all weights random."""
    stack = Blocks(make_cell, shape=shape, block=block, dropout=Dropout("stack.dropout", dropout, "step")).double()
    for parameter in stack.parameters():
        nn.init.normal_(parameter, std=0.5)
    return stack


def random_state(stack: Stack, rows: int) -> State:
    return map_state(torch.randn_like, stack.init_state(rows, torch.zeros(1, dtype=torch.float64)))


def rms(scale: Array, x: Array) -> Array:
    normed: Array = scale * x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)
    return normed


def silu(a: Array) -> Array:
    return a / (1 + np.exp(-a))


def gelu(a: Array) -> Array:
    from math import erf, sqrt

    return a * (1 + np.vectorize(erf)(a / sqrt(2))) / 2


def mixed(p: dict[str, Array], gru_of: Callable[[Array], Array], x_LI: Array, past_KI: Array) -> Array:
    u_LI = x_LI
    if "convolution_KI" in p:
        weight_KI, seen = p["convolution_KI"], np.concatenate([past_KI, x_LI])
        width = len(weight_KI)
        sums = [sum(weight_KI[k] * seen[t + k] for k in range(width)) + p["convolution_bias"] for t in range(len(x_LI))]
        u_LI = silu(np.array(sums))
    y_LH = gru_of(u_LI)
    if "weight_gate" in p:
        y_LH = y_LH * silu(x_LI @ p["weight_gate"].T)
    return y_LH @ p["weight_out"].T if "weight_out" in p else y_LH


def below(p: dict[str, Array], name: str) -> dict[str, Array]:
    return {key.removeprefix(f"{name}."): value for key, value in p.items() if key.startswith(f"{name}.")}


def as_numpy(stack: Blocks, x_LI: Array, state: list[list[Array]]) -> Array:
    """One row of a stack of GRU cells; `state`: of each layer and direction, its tensors."""
    p = {name: parameter.detach().numpy() for name, parameter in stack.named_parameters()}
    stream, states = x_LI @ p["entry"].T, iter(state)
    for layer in range(stack.depth):
        normed, parts = rms(p[f"mixer_norms.{layer}.scale"], stream), []
        for direction in ("forward_cells", "backward_cells")[: 1 + stack.bidirectional]:
            own, order = below(p, f"{direction}.{layer}"), -1 if direction == "backward_cells" else 1
            h, *past = next(states)
            cell: Any = getattr(stack, direction)[layer].cell
            past_KI = past[0].reshape(-1, normed.shape[1]) if past else normed[:0]

            def by_gru(u_LI: Array, cell: Any = cell, h: Array = h) -> Array:
                with torch.no_grad():
                    y_BTH, _ = Cell.scan(cell, torch.tensor(u_LI.copy())[None], torch.tensor(h)[None])
                return np.asarray(y_BTH[0])

            parts.append(mixed(own, by_gru, normed[::order], past_KI)[::order])
        stream = stream + np.concatenate(parts, 1)
        if own := below(p, f"perceptrons.{layer}"):
            stream = stream + gelu(rms(own["norm.scale"], stream) @ own["weight_in"].T) @ own["weight_out"].T
    return rms(p["last_norm.scale"], stream)


@over_settings
@pytest.mark.parametrize("direction", DIRECTIONS)
@torch.no_grad()
def test_a_block_is_its_equation_on_ragged_rows(block: BlockSettings, direction: str) -> None:
    stack, x_BTI = blocks(block, shape=Shape(3, 4, 2, direction)), torch.randn(5, 6, 3).double()
    state = random_state(stack, 5)
    y_BTW, _ = stack.scan(x_BTI, state, LENGTHS)
    per_direction = len(leaves(state)) // (2 * (1 + stack.bidirectional))
    for row, length in enumerate(LENGTHS.tolist()):
        flat = [leaf[row].numpy() for leaf in leaves(state)]
        grouped = [flat[first : first + per_direction] for first in range(0, len(flat), per_direction)]
        if length:
            np.testing.assert_allclose(y_BTW[row, :length], as_numpy(stack, x_BTI[row, :length].numpy(), grouped), atol=1e-12)
        assert not y_BTW[row, length:].any()


@over_settings
@pytest.mark.parametrize("make_cell", [gru, lstm])
def test_step_by_step_is_the_scan_with_states_and_gradients(block: BlockSettings, make_cell: Callable[..., Cell]) -> None:
    stack, x_BTI = blocks(block, make_cell), torch.randn(5, 6, 3).double().requires_grad_()
    state, runs = random_state(stack, 5), []
    for scan in (stack.scan, partial(Cell.scan, stack)):
        y_BTH, after = scan(x_BTI, state, LENGTHS)
        outputs = [y_BTH, *leaves(after)]
        runs.append([*outputs, *torch.autograd.grad(sum(out.sin().sum() for out in outputs), [x_BTI, *stack.parameters()])])
    for at_once, stepwise in zip(*runs, strict=True):
        torch.testing.assert_close(at_once, stepwise, rtol=1e-9, atol=1e-9)
    with deferred("cpu"):
        inside, _ = Cell.scan(stack, x_BTI, state, None)
    torch.testing.assert_close(inside, stack.scan(x_BTI, state, None)[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("cell", choices.one_of_each_state())
def test_a_carried_state_continues_a_block_over_any_kind_of_cell(cell: str) -> None:
    stack = blocks(BlockSettings("gated", 4, 2, 1.0), choices.maker(cell))
    x_BTI, state = torch.randn(2, 6, 3).double(), random_state(stack, 2)
    at_once_BTH, last = stack.scan(x_BTI, state)
    first_BTH, middle = stack.scan(x_BTI[:, :1], state)
    second_BTH, after = stack.scan(x_BTI[:, 1:], middle, torch.tensor([5, 5]))
    torch.testing.assert_close(torch.cat([first_BTH, second_BTH], 1), at_once_BTH)
    for carried, whole in zip(leaves(after), leaves(last), strict=True):
        torch.testing.assert_close(carried, whole)
    assert len(stack.layer_leaves) * stack.depth == len(leaves(state))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_padding_changes_nothing_forward_or_backward(direction: str) -> None:
    stack = blocks(BlockSettings("gated", 3, 1, 1.0), shape=Shape(3, 4, 2, direction))
    state, padding_BT = random_state(stack, 5), torch.arange(6) >= LENGTHS[:, None]
    runs = []
    for junk in (0.0, float("nan")):
        torch.manual_seed(1)
        x_BTI = torch.randn(5, 6, 3).double().masked_fill(padding_BT[..., None], junk).requires_grad_()
        y_BTW, after = stack.scan(x_BTI, state, LENGTHS)
        error_BTW = torch.ones_like(y_BTW).masked_fill(padding_BT[..., None], float("nan"))
        outputs = [y_BTW, *leaves(after)]
        errors = [error_BTW, *map(torch.ones_like, outputs[1:])]
        runs.append([*outputs, *torch.autograd.grad(outputs, [x_BTI, *stack.parameters()], errors)])
    for clean, dirty in zip(*runs, strict=True):
        assert torch.equal(clean, dirty) and clean.isfinite().all()


def test_the_convolution_of_each_direction_sees_nothing_that_lies_before_it() -> None:
    """The first half of the output, by the forward mixer alone, does not know the future; the second not the past."""
    stack = blocks(BlockSettings("residual", 3, 1, 0.0), shape=Shape(8, 4, 1, "bidirectional"))
    with torch.no_grad():
        stack.last_norm.scale.fill_(1.0)
        stack.mixer_norms[0].scale.fill_(1.0)
    x_BTI = torch.randn(1, 6, 8).double().requires_grad_()
    mixed_BTW, _ = stack._scan_both(0, x_BTI, stack.init_state(1, x_BTI)[0], None)  # type: ignore[index]
    for half, reach in ((slice(0, 4), slice(0, 3)), (slice(4, 8), slice(2, 6))):
        (d_x,) = torch.autograd.grad(mixed_BTW[0, 2, half].sum(), x_BTI, retain_graph=True)
        reached = d_x[0].abs().sum(1) > 0
        expected = torch.zeros(6, dtype=torch.bool)
        expected[reach] = True
        assert reached.equal(expected)


def test_dropout_acts_on_what_a_branch_adds_in_training_alone() -> None:
    """At 1 nothing is added: what comes out is the normalised input."""
    stack, x_BTI = blocks(BlockSettings("gated", 3, 1, 2.0), shape=Shape(4, 4, 1, "forward"), dropout=1.0), torch.randn(2, 5, 4)
    x_BTI = x_BTI.double()
    expected = rms(stack.last_norm.scale.detach().numpy(), x_BTI.numpy())
    np.testing.assert_allclose(stack.scan(x_BTI, stack.init_state(2, x_BTI))[0].detach(), expected, atol=1e-12)
    np.testing.assert_allclose(stack.step(x_BTI[:, 0], stack.init_state(2, x_BTI))[0].detach(), expected[:, 0], atol=1e-12)
    stack.eval()
    assert not np.allclose(stack.scan(x_BTI, stack.init_state(2, x_BTI))[0].detach(), expected)


def test_a_block_has_no_step_in_both_directions() -> None:
    stack = blocks(BlockSettings("residual", 0, 1, 0.0), shape=Shape(3, 4, 1, "bidirectional"))
    with pytest.raises(Refusal, match="has no single step"):
        stack.step(torch.zeros(1, 3).double(), stack.init_state(1, torch.zeros(1)))


@needs_bf16
def test_autocast_stays_near_float32() -> None:
    stack = Blocks(gru, shape=Shape(8, 16, 2, "forward"), block=BlockSettings("gated", 4, 1, 2.0), dropout=no_dropout())
    x_BTI: Tensor = torch.randn(3, 5, 8)
    state = stack.init_state(3, x_BTI)
    fine_BTH, _ = stack.scan(x_BTI, state)
    with torch.autocast("cpu", torch.bfloat16):
        rough_BTH, after = stack.scan(x_BTI, state)
    assert 0 < (rough_BTH.float() - fine_BTH).norm() <= 0.03 * fine_BTH.norm()
    assert {leaf.dtype for leaf in leaves(after)} == {torch.float32}


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            ("none", 4, 1, 0.0),
            "stack.convolution=4 is refused with stack.block=none, where nothing stands around a cell",
        ),
        (("none", 0, 2, 0.0), "stack.expansion=2 is refused with stack.block=none"),
        (("none", 0, 1, 3.0), "stack.mlp=3.0 is refused with stack.block=none"),
        (("gated", 1, 1, 0.0), "stack.convolution=1 is refused: give an integer of at least 2, or 0 for none."),
        (("gated", 0, 0, 0.0), "stack.expansion=0 is refused: give an integer of at least 1."),
        (("gated", 0, 1, float("nan")), "stack.mlp=nan is refused: give a finite number of at least 0."),
        (("dense", 0, 1, 0.0), "stack.block='dense' is refused: choose one of none, residual, gated."),
    ],
)
def test_a_block_that_cannot_be_is_refused_in_one_sentence(parts: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(Refusal) as refusal:
        BlockSettings(*parts)
    assert str(refusal.value).startswith(sentence)


def test_a_decoders_block_is_refused_by_its_own_keys() -> None:
    with pytest.raises(Refusal, match=r"^net\.decoder\.mlp=2 is refused with net\.decoder\.block=none"):
        BlockSettings("none", 0, 1, 2, key="net.decoder")
