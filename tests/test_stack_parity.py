"""A stack against torch's own layers: depth 1 to 3, both directions, ragged unsorted rows, initial states that are not zero."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from states import leaves
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from bench.cells.cell import Cell
from bench.cells.elman import Elman
from bench.cells.gru_reset_after import GRUResetAfter
from bench.cells.lstm import LSTM
from bench.cells.state import map_state
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import DIRECTIONS, Stack

LAYERS: dict[str, tuple[Callable[[int, int], Cell], Callable[..., nn.RNNBase]]] = {
    "elman": (partial(Elman, nonlinearity="tanh", recurrent_init="uniform"), nn.RNN),
    "elman_relu": (partial(Elman, nonlinearity="relu", recurrent_init="uniform"), partial(nn.RNN, nonlinearity="relu")),
    "gru_reset_after": (partial(GRUResetAfter, recurrent_init="uniform"), nn.GRU),
    "lstm": (partial(LSTM, recurrent_init="uniform", forget_bias=0.0), nn.LSTM),
}
LENGTHS_B = torch.tensor([2, 6, 1, 5])
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-12}  # relative and absolute, of values and gradients


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def in_torchs_order(stack: Stack) -> list[Cell]:
    """By layer, within it by direction."""
    directions = (stack.forward_cells, stack.backward_cells) if stack.bidirectional else (stack.forward_cells,)
    return [cell for layer in zip(*directions, strict=True) for cell in layer]


def their_scan(theirs: nn.RNNBase, x_BTI: Tensor, state: list[Tensor], lengths_B: Tensor | None) -> list[Tensor]:
    """As a stack does it: y_BTH and the leaves of the state after each row's last step."""
    kinds = 2 if isinstance(theirs, nn.LSTM) else 1
    initial = [torch.stack(state[kind::kinds]) for kind in range(kinds)]
    packed = x_BTI if lengths_B is None else pack_padded_sequence(x_BTI, lengths_B, batch_first=True, enforce_sorted=False)
    y, after = theirs(packed, tuple(initial) if kinds == 2 else initial[0])
    y_BTH = y if lengths_B is None else pad_packed_sequence(y, batch_first=True)[0]
    return [y_BTH, *(leaf_BH for cell in zip(*(after if kinds == 2 else (after,)), strict=True) for leaf_BH in cell)]


@pytest.mark.parametrize("lengths_B", [LENGTHS_B, None], ids=["ragged", "full"])
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("name", LAYERS)
def test_values_and_gradients_are_those_of_torch(
    name: str, depth: int, direction: str, dtype: torch.dtype, lengths_B: Tensor | None
) -> None:
    make_cell, make_layer = LAYERS[name]
    ours = Stack(make_cell, input_size=3, hidden_size=4, depth=depth, direction=direction, dropout=no_dropout())
    ours.to(dtype)
    theirs = make_layer(3, 4, depth, batch_first=True, bidirectional=ours.bidirectional, dtype=dtype)
    weights = [weight for cell in in_torchs_order(ours) for weight in cell.parameters()]
    their_weights = [weight for layer in theirs.all_weights for weight in layer]
    for weight, their_weight in zip(weights, their_weights, strict=True):
        nn.init.normal_(their_weight, std=0.5)
        weight.data.copy_(their_weight.data)

    x_BTI = torch.randn(4, 6, 3, dtype=dtype, requires_grad=True)
    state = map_state(lambda leaf: torch.randn_like(leaf).requires_grad_(), ours.init_state(4, x_BTI))
    theirs_out = their_scan(theirs, x_BTI, leaves(state), lengths_B)
    errors = [torch.randn_like(output) for output in theirs_out]
    expected = torch.autograd.grad(theirs_out, [x_BTI, *leaves(state), *their_weights], errors)
    for scan in (ours.scan, partial(Cell.scan, ours)) if direction == "forward" else (ours.scan,):
        y_BTH, after = scan(x_BTI, state, lengths_B)
        ours_out = [y_BTH, *leaves(after)]
        gradients = torch.autograd.grad(ours_out, [x_BTI, *leaves(state), *weights], errors)
        for actual, reference in zip([*ours_out, *gradients], [*theirs_out, *expected], strict=True):
            torch.testing.assert_close(actual, reference, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
