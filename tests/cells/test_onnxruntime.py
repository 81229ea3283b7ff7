"""onnxruntime as an independent judge: the recurrent operators of ONNX, run with the cells' own weights.

What goes where follows from the equations of RNN, GRU and LSTM in the operator specification (onnx.ai/onnx/operators, version
22) and from those in the cells' docstrings:

    RNN   H_t = f(W x + R H + Wb + Rb)     as ours, with both biases
    GRU   blocks z, r, h (our n)           z keeps the old state, as ours. linear_before_reset = 0 resets before the product
                                           and leaves Rb_h outside; 1 resets after it, with Rb_h inside
    LSTM  blocks i, o, f, c (our g)        peepholes i, o, f: i and f see the old memory, o the new, as ours

Coupled, the operator has f = 1 - i and reads no block f (which is nan here); ours has i = 1 - f. As 1 - sigma(a) = sigma(-a),
its block i is our block f negated. The operator that couples nothing, given both blocks, must say the same.

It computes in float32, with a sigma and a tanh of its own. What it does with a row of length 0 is not specified, so there
is none here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import onnxruntime
import pytest
import torch
from onnx import NodeProto, TensorProto, checker, helper
from states import leaves
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.elman import Elman
from bench.cells.gru import GRU
from bench.cells.gru_reset_after import GRUResetAfter
from bench.cells.lstm import LSTM
from bench.cells.lstm_coupled import LSTMCoupled
from bench.cells.lstm_peephole import LSTMPeephole
from bench.cells.scan.padding import reverse_within, valid_mask, zero_padding
from bench.cells.state import State, map_state
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import Stack

TOLERANCE = (
    1e-5  # relative and absolute; float32 rounds at 6e-8, and six steps of sums of nine terms were seen to differ by 2e-6
)
LENGTHS_B = torch.tensor([2, 6, 1, 5, 6])
INPUTS = {
    "RNN": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "GRU": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "LSTM": ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"),
}
Weights = dict[str, Tensor]  # of one direction, by the operator's names


def blocks(tensor: Tensor, ours: str, theirs: str) -> Tensor:
    """Blocks of rows in another order, each gate named by a letter."""
    named = dict(zip(ours, tensor.chunk(len(ours)), strict=True))
    return torch.cat([named[gate] for gate in theirs])


def with_one_bias(W: Tensor, R: Tensor, Wb: Tensor) -> Weights:
    return {"W": W, "R": R, "B": torch.cat([Wb, torch.zeros_like(Wb)])}


def with_two_biases(W: Tensor, R: Tensor, Wb: Tensor, Rb: Tensor) -> Weights:
    return {"W": W, "R": R, "B": torch.cat([Wb, Rb])}


def rnn(cell: Elman) -> Weights:
    return with_two_biases(*cell.rnn.all_weights[0])


def gru(cell: GRU) -> Weights:
    parts = cell.weight_ih, torch.cat([cell.weight_rz, cell.weight_n]), cell.bias
    return with_one_bias(*(blocks(part, "rzn", "zrn") for part in parts))


def gru_reset_after(cell: GRUResetAfter) -> Weights:
    return with_two_biases(*(blocks(part, "rzn", "zrn") for part in cell.gru.all_weights[0]))


def lstm(cell: LSTM) -> Weights:
    return with_two_biases(*(blocks(part, "ifgo", "iofg") for part in cell.lstm.all_weights[0]))


def lstm_peephole(cell: LSTMPeephole) -> Weights:
    parts = cell.weight_ih, cell.weight_hh, cell.bias
    peepholes = {"P": blocks(cell.peephole.flatten(), "ifo", "iof")}
    return with_one_bias(*(blocks(part, "ifgo", "iofg") for part in parts)) | peepholes


def lstm_coupled(cell: LSTMCoupled, *, forget_is_read: bool) -> Weights:
    def four(part: Tensor) -> Tensor:
        f, o, g = part.chunk(3)
        return torch.cat([-f, o, f if forget_is_read else torch.full_like(f, float("nan")), g])

    return with_one_bias(*map(four, (cell.weight_ih, cell.weight_hh, cell.bias)))


class Judge(NamedTuple):
    """A cell, and the operator with what it needs to be the same function in one direction."""

    make: Callable[[int, int], Cell]
    weights: Callable[[Any], Weights]
    operator: str
    options: dict[str, Any]


JUDGES = {
    "elman": Judge(partial(Elman, nonlinearity="tanh", recurrent_init="uniform"), rnn, "RNN", {"activations": ["Tanh"]}),
    "elman_relu": Judge(partial(Elman, nonlinearity="relu", recurrent_init="uniform"), rnn, "RNN", {"activations": ["Relu"]}),
    "gru": Judge(partial(GRU, recurrent_init="uniform"), gru, "GRU", {"linear_before_reset": 0}),
    "gru_reset_after": Judge(
        partial(GRUResetAfter, recurrent_init="uniform"), gru_reset_after, "GRU", {"linear_before_reset": 1}
    ),
    "lstm": Judge(partial(LSTM, recurrent_init="uniform", forget_bias=0.0), lstm, "LSTM", {}),
    "lstm_peephole": Judge(partial(LSTMPeephole, recurrent_init="uniform", forget_bias=0.0), lstm_peephole, "LSTM", {}),
    "lstm_coupled": Judge(
        partial(LSTMCoupled, recurrent_init="uniform", forget_bias=0.0),
        partial(lstm_coupled, forget_is_read=False),
        "LSTM",
        {"input_forget": 1},
    ),
    "lstm_coupled_by_negation": Judge(
        partial(LSTMCoupled, recurrent_init="uniform", forget_bias=0.0),
        partial(lstm_coupled, forget_is_read=True),
        "LSTM",
        {"input_forget": 0},
    ),
}


@pytest.fixture(params=JUDGES.values(), ids=JUDGES)
def judge(request: pytest.FixtureRequest) -> Judge:
    chosen: Judge = request.param
    return chosen


def judged(judge: Judge, x_BTI: Tensor, cells: list[Cell], states: list[State], direction: str) -> list[Tensor]:
    """y_BTH and the leaves of the last states, with a cell and an initial state for each direction."""
    parts = [judge.weights(cell) for cell in cells]
    fed = {name: torch.stack([part[name] for part in parts]) for name in parts[0]}
    fed |= {"X": x_BTI.transpose(0, 1), "sequence_lens": LENGTHS_B.int()}
    fed |= zip(("initial_h", "initial_c"), map(torch.stack, zip(*map(leaves, states), strict=True)), strict=False)
    node = helper.make_node(
        judge.operator,
        [name if name in fed else "" for name in INPUTS[judge.operator]],
        ["Y", "Y_h", "Y_c"] if "initial_c" in fed else ["Y", "Y_h"],
        direction=direction,
        hidden_size=fed["R"].size(2),
        **{name: value * len(cells) if isinstance(value, list) else value for name, value in judge.options.items()},
    )
    y_TKBH, *after_KBH = run(node, fed)
    y_BTH = zero_padding(y_TKBH.permute(2, 0, 1, 3).flatten(2), valid_mask(LENGTHS_B, x_BTI))
    return [y_BTH, *(leaf_BH for leaves_BH in zip(*after_KBH, strict=True) for leaf_BH in leaves_BH)]


def run(node: NodeProto, fed: dict[str, Tensor]) -> list[Tensor]:
    """The outputs of a graph of one node, which reads even its weights as inputs."""
    arrays = {name: tensor.numpy() for name, tensor in fed.items()}
    kinds = {name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in arrays.items()}
    inputs = [helper.make_tensor_value_info(name, kinds[name], array.shape) for name, array in arrays.items()]
    ranks = {"Y": 4, "Y_h": 3, "Y_c": 3}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * ranks[name]) for name in node.output]
    graph = helper.make_graph([node], "one_node", inputs, outputs)
    model = helper.make_model_gen_version(graph, opset_imports=[helper.make_opsetid("", 22)])
    checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [torch.from_numpy(array) for array in session.run(None, arrays)]


def random_weights(cell: nn.Module) -> None:
    for parameter in cell.parameters():
        nn.init.normal_(parameter, std=0.5)


def assert_agree(ours: list[Tensor], theirs: list[Tensor]) -> None:
    for actual, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(actual, expected, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@torch.no_grad()
def test_a_cell_is_the_operator_in_one_direction(judge: Judge, direction: str) -> None:
    cell, x_BTI = judge.make(3, 5), torch.randn(5, 6, 3)
    random_weights(cell)
    state = map_state(torch.randn_like, cell.init_state(5, x_BTI))
    theirs = judged(judge, x_BTI, [cell], [state], direction)
    for scan in (cell.scan, partial(Cell.scan, cell)):
        if direction == "forward":
            y_BTH, after = scan(x_BTI, state, LENGTHS_B)
        else:
            mirrored_BTH, after = scan(reverse_within(x_BTI, LENGTHS_B), state, LENGTHS_B)
            y_BTH = reverse_within(mirrored_BTH, LENGTHS_B)
        assert_agree([y_BTH, *leaves(after)], theirs)


@torch.no_grad()
def test_a_bidirectional_layer_is_the_operator_in_both(judge: Judge) -> None:
    sizes = {"input_size": 3, "hidden_size": 5, "depth": 1}
    stack, x_BTI = (
        Stack(judge.make, **sizes, direction="bidirectional", dropout=no_dropout()),
        torch.randn(5, 6, 3),
    )
    random_weights(stack)
    state = map_state(torch.randn_like, stack.init_state(5, x_BTI))
    y_BTH, after = stack.scan(x_BTI, state, LENGTHS_B)
    cells = [*stack.forward_cells, *stack.backward_cells]
    assert_agree([y_BTH, *leaves(after)], judged(judge, x_BTI, cells, list(state[0]), "bidirectional"))
