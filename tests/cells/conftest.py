"""Every yaml of conf/cell/, with every variant of its class, as a factory of cells: a new file is tested without a new test."""

from collections.abc import Callable

import choices
import pytest
import states
import torch
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.state import State

ROUND_POWERS_OF_TWO = (64, 1, 150, 0, 128, 3, 65, 127, 2, 129, 63)

MakeCell = Callable[[int, int], Cell]
RandomState = Callable[[Cell, int], State]


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(params=choices.cells().values(), ids=choices.cells())
def make_cell(request: pytest.FixtureRequest) -> MakeCell:
    """Cells as configured, with the initial weights of the yaml."""
    made_by, chosen = request.param
    return lambda input_size, hidden_size: made_by(input_size, hidden_size, **chosen)


@pytest.fixture
def cell(make_cell: MakeCell) -> Cell:
    """In float64, 3 inputs and 4 units, weights *and biases* random: zeros and constants hide swapped gates."""
    built_cell = make_cell(3, 4).double()
    for parameter in built_cell.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return built_cell


@pytest.fixture
def random_state() -> RandomState:
    return states.random_state


@pytest.fixture
def lengths_B() -> Tensor:
    """Unsorted, with a full row, an empty row and a row of one step; T = 6."""
    return torch.tensor([2, 6, 0, 1, 5])


@pytest.fixture(params=[(2, 6, 0, 1, 5), ROUND_POWERS_OF_TWO], ids=lambda lengths: f"T={max(lengths)}")
def ragged_B(request: pytest.FixtureRequest) -> Tensor:
    """As `lengths_B`; and a sequence longer than the chunks of any scan, with rows that end at and around a chunk's end."""
    return torch.tensor(request.param)
