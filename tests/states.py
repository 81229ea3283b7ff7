"""The tensors of a cell's state, and states to start a test from."""

import torch
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.state import Kind, State, map_state


def leaves(state: State) -> list[Tensor]:
    """In the order of the tree: of a stack's by layer, within it by direction, within it as the cell has them."""
    return [state] if isinstance(state, Tensor) else [leaf for part in state for leaf in leaves(part)]


@torch.no_grad()
def random_state(cell: Cell, batch_size: int) -> State:
    """Random leaves; where some obey a law, the state after random inputs."""
    like = next(cell.parameters())
    start = cell.init_state(batch_size, like)
    if any(leaf.kind is Kind.FIXED for leaf in getattr(cell, "layer_leaves", cell.state_leaves)):
        x_BTI = torch.randn(batch_size, 3, cell.input_size, dtype=like.dtype)
        return map_state(torch.clone, cell.scan(x_BTI, start)[1])
    return map_state(torch.randn_like, start)
