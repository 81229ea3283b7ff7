"""Every yaml of conf/cell/ as a factory of cells: a new file is tested without a new test."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.state import State, map_state

YAMLS = sorted((Path(__file__).parents[2] / "conf" / "cell").glob("*.yaml"))

MakeCell = Callable[[int, int], Cell]
RandomState = Callable[[Cell, int], State]


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(params=YAMLS, ids=lambda path: path.stem)
def make_cell(request: pytest.FixtureRequest) -> MakeCell:
    """Cells as configured, with the initial weights of the yaml."""
    node = yaml.safe_load(request.param.read_text())
    assert node.pop("name") == request.param.stem
    module, _, name = node.pop("_target_").rpartition(".")
    cell_class = getattr(importlib.import_module(module), name)
    return lambda input_size, hidden_size: cell_class(input_size, hidden_size, **node)


@pytest.fixture
def cell(make_cell: MakeCell) -> Cell:
    """In float64, 3 inputs and 4 units, weights *and biases* random: zeros and constants hide swapped gates."""
    made = make_cell(3, 4).double()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return made


@pytest.fixture
def random_state() -> RandomState:
    """A state of the cell's shape with random leaves."""

    def make(cell: Cell, batch_size: int) -> State:
        like = next(cell.parameters())
        return map_state(torch.randn_like, cell.init_state(batch_size, like))

    return make


@pytest.fixture
def lengths_B() -> Tensor:
    """Unsorted, with a full row, an empty row and a row of one step; T = 6."""
    return torch.tensor([2, 6, 0, 1, 5])
