"""What the scan of a cell refuses, in one sentence each."""

from collections.abc import Callable
from functools import partial

import choices
import pytest
import torch
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.checks import finite
from bench.cells.feedforward import Feedforward
from bench.cells.indrnn import IndRNN
from bench.cells.mingru import MinGRU
from bench.cells.state import State
from bench.cells.window import Window
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import DIRECTIONS, Stack


class Plain(MinGRU):
    """A cell that leaves its scan to the loop over steps."""

    scan = Cell.scan


def stack(direction: str) -> Stack:
    sizes = {"input_size": 3, "hidden_size": 4, "depth": 2}
    return Stack(choices.maker("lstm"), **sizes, direction=direction, dropout=no_dropout())


def makers() -> dict[str, Callable[[], Cell]]:
    """Every cell, one without a scan of its own, and stacks, which are cells to their callers."""
    cells: dict[str, Callable[[], Cell]] = {
        name: partial(made_by, 3, 4, **chosen) for name, (made_by, chosen) in choices.cells().items()
    }
    return cells | {"plain": partial(Plain, 3, 4)} | {direction: partial(stack, direction) for direction in DIRECTIONS}


@pytest.fixture(params=makers().values(), ids=makers())
def checked(request: pytest.FixtureRequest) -> Cell:
    built_cell: Cell = request.param()
    return built_cell


def scan(cell: Cell, *, x: Tensor | None = None, state: State | None = None, lengths: Tensor | None = None) -> None:
    x = torch.zeros(2, 5, 3) if x is None else x
    cell.scan(x, cell.init_state(2, torch.zeros(1)) if state is None else state, lengths)


def test_nothing_is_refused_that_is_right(checked: Cell) -> None:
    scan(checked)
    scan(checked, lengths=torch.tensor([0, 0]))
    scan(checked, lengths=torch.tensor([5, 0], dtype=torch.int32))


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((2, 5, 4), r"^An input of shape \(2, 5, 4\) is refused: \w+ reads \(batch, time, 3\); give inputs of that size"),
        ((2, 3), r"^An input of shape \(2, 3\) is refused: \w+ reads \(batch, time, 3\);"),
        ((2, 0, 3), r"^An input of shape \(2, 0, 3\) is refused: give at least one time step.$"),
    ],
)
def test_inputs_of_another_size(checked: Cell, shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        scan(checked, x=torch.zeros(shape))


@pytest.mark.parametrize(
    ("lengths", "sentence"),
    [
        (torch.tensor([3, 6]), r"^Lengths from 3 to 6 are refused: with 5 time steps a length is from 0 to 5.$"),
        (torch.tensor([-1, 5]), r"^Lengths from -1 to 5 are refused"),
        (
            torch.tensor([3]),
            r"^Lengths of shape \(1,\) and type torch.int64 are refused: give one integer for each of the 2 rows.$",
        ),
        (torch.tensor([3.0, 5.0]), r"^Lengths of shape \(2,\) and type torch.float32 are refused"),
    ],
)
def test_lengths_that_do_not_fit(checked: Cell, lengths: Tensor, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        scan(checked, lengths=lengths)


def test_states_of_another_shape_or_another_place(checked: Cell) -> None:
    of_three = checked.init_state(3, torch.zeros(1))
    with pytest.raises(
        ValueError, match=r"^A state of shape \(3, [\d, ]+\).* is refused: for 2 rows \w+ keeps \(2, [\d, ]+\).*init_state.$"
    ):
        scan(checked, state=of_three)
    with pytest.raises(ValueError, match=r"^A state of shape nothing is refused"):
        scan(checked, state=())
    with pytest.raises(ValueError, match=r"^A state on meta with an input on cpu is refused: move it there first.$"):
        scan(checked, state=checked.init_state(2, torch.zeros(1, device="meta")))


def test_options_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"^cell.forget_bias=nan is refused: give a finite number.$"):
        finite("cell.forget_bias", float("nan"))
    for value in (float("inf"), float("nan"), 0.0, -1.0):
        with pytest.raises(ValueError, match=rf"^cell.recurrent_max={value} is refused: give a finite number above 0.$"):
            IndRNN(3, 4, recurrent_max=value)
    with pytest.raises(ValueError, match=r"^cell.tau=1 is refused: give an integer of at least 2 \(cell=feedforward sees one"):
        Window(3, 4, tau=1)
    with pytest.raises(ValueError, match=r"^cell.nonlinearity='gelu' is refused: choose one of tanh, relu.$"):
        Feedforward(3, 4, nonlinearity="gelu")
