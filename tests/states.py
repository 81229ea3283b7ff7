"""The tensors of a cell's state."""

from torch import Tensor

from bench.cells.state import State


def leaves(state: State) -> list[Tensor]:
    """In the order of the tree: of a stack's by layer, within it by direction, within it as the cell has them."""
    return [state] if isinstance(state, Tensor) else [leaf for part in state for leaf in leaves(part)]
