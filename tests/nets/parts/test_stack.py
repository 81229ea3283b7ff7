"""Depth, direction and dropout, beside what `test_stack_parity` compares with torch; and what torch's own do not refuse."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.gru import GRU
from bench.cells.lstm import LSTM
from bench.cells.state import State
from bench.nets.parts.dropout import Dropout
from bench.nets.parts.stack import Stack

LENGTHS = torch.tensor([2, 6, 1, 5])


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def lstm(input_size: int, hidden_size: int) -> Cell:
    return LSTM(input_size, hidden_size, recurrent_init="uniform", forget_bias=0.0)


def make_stack(
    make_cell: Callable[[int, int], Cell] = lstm,
    *,
    depth: int = 2,
    direction: str = "forward",
    dropout: float = 0.0,
    dropout_mask: str = "step",
    hidden_size: int = 4,
) -> Stack:
    return Stack(
        make_cell,
        input_size=3,
        hidden_size=hidden_size,
        depth=depth,
        direction=direction,
        dropout=Dropout("stack.dropout", dropout, dropout_mask),
    )


@pytest.mark.parametrize("junk", [5.0, float("nan")])
def test_padding_reaches_neither_direction(junk: float) -> None:
    stack, x_BTI = make_stack(direction="bidirectional"), torch.randn(4, 6, 3)
    dirty_BTI = x_BTI.masked_fill((torch.arange(6) >= LENGTHS[:, None])[..., None], junk)
    state = stack.init_state(4, x_BTI)
    assert torch.equal(stack.scan(x_BTI, state, LENGTHS)[0], stack.scan(dirty_BTI, state, LENGTHS)[0])


def test_a_forward_stack_is_a_cell_and_can_be_stacked() -> None:
    stack = make_stack(lambda inputs, hidden: make_stack(hidden_size=hidden) if inputs == 3 else lstm(inputs, hidden))
    x_BTI = torch.randn(4, 6, 3)
    state = stack.init_state(4, x_BTI)
    y_BTH, (inner, outer) = stack.scan(x_BTI, state, LENGTHS)
    expected_BTH, (expected_inner, expected_outer) = Cell.scan(stack, x_BTI, state, LENGTHS)
    torch.testing.assert_close(y_BTH, expected_BTH)
    torch.testing.assert_close(inner, expected_inner)
    torch.testing.assert_close(outer, expected_outer)


def test_a_bidirectional_stack_has_no_step() -> None:
    stack = make_stack(direction="bidirectional")
    with pytest.raises(ValueError, match=r"^A stack with stack.direction=bidirectional has no single step"):
        stack.step(torch.zeros(1, 3), stack.init_state(1, torch.zeros(1)))


@pytest.mark.parametrize(("direction", "run"), [("forward", "scan"), ("forward", "step"), ("bidirectional", "scan")])
def test_dropout_is_on_in_training_and_off_in_evaluation(direction: str, run: str) -> None:
    stack, x_BTI = make_stack(direction=direction, dropout=0.5), torch.randn(4, 6, 3)
    plain = make_stack(direction=direction)
    plain.load_state_dict(stack.state_dict())

    def output(stack: Stack) -> Tensor:
        state = stack.init_state(4, x_BTI)
        return stack.scan(x_BTI, state, None)[0] if run == "scan" else stack.step(x_BTI[:, 0], state)[0]

    assert not torch.equal(output(stack), output(stack))
    assert torch.equal(output(stack.eval()), output(plain))


@pytest.mark.parametrize("run", ["scan", "step"])
def test_dropout_acts_between_layers_only(run: str) -> None:
    """At 1 the second layer reads zeros, whatever the input; the first layer and a single one read theirs whole."""
    x_BTI = torch.randn(2, 6, 3)

    def output(stack: Stack, x_BTI: Tensor) -> tuple[Tensor, State]:
        state = stack.init_state(2, x_BTI)
        return stack.scan(x_BTI, state, None) if run == "scan" else stack.step(x_BTI[:, 0], state)

    stack = make_stack(dropout=1.0)
    (y, after), (other, other_after) = output(stack, x_BTI), output(stack, -x_BTI)
    assert torch.equal(y, other)
    assert not torch.equal(after[0][0], other_after[0][0])
    single = make_stack(depth=1, dropout=1.0)
    assert not torch.equal(output(single, x_BTI)[0], output(single, -x_BTI)[0])


@pytest.mark.parametrize(("direction", "width"), [("forward", 4), ("bidirectional", 8)])
def test_output_size_is_the_width_of_the_output(direction: str, width: int) -> None:
    stack = make_stack(lambda i, h: GRU(i, h, recurrent_init="orthogonal"), depth=3, direction=direction)
    y_BTH, _ = stack.scan(torch.zeros(1, 2, 3), stack.init_state(1, torch.zeros(1)), None)
    assert stack.output_size == y_BTH.size(2) == width


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"depth": 0}, "stack.depth=0 is refused: give an integer of at least 1."),
        ({"depth": 1.5}, "stack.depth=1.5 is refused: give an integer of at least 1."),
        ({"hidden_size": 0}, "stack.hidden_size=0 is refused: give an integer of at least 1."),
        ({"direction": "backward"}, "stack.direction='backward' is refused: choose one of forward, bidirectional."),
        ({"dropout": 1.5}, "stack.dropout=1.5 is refused: give a number from 0 to 1."),
        ({"dropout": float("nan")}, "stack.dropout=nan is refused: give a number from 0 to 1."),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        make_stack(**options)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence
