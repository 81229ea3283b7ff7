"""What a recurrent cell remembers: a tensor or a tuple of states. Axis 0 of *every* leaf is the batch.

So one function reorders the rows of any cell's state, and nobody asks which cell it is.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple, Union

import torch
from torch import Tensor

State = Union[Tensor, tuple["State", ...]]  # noqa: UP007 - `|` with a name in quotes fails when it is evaluated


class Kind(StrEnum):
    """What a leaf of a cell's state is to a net that makes a state of its own, from a source say."""

    OUTPUT = "output"  # what the cell gives out, so of its range: made through tanh
    FREE = "free"  # a memory that may have any value
    FIXED = "fixed"  # starts as `init_state` says and in no other way: it obeys a law, or says what was read


class Leaf(NamedTuple):
    name: str
    kind: Kind


def leaf(state: State) -> Tensor:
    """The state of a cell that keeps one tensor."""
    if not isinstance(state, Tensor):
        raise TypeError(f"This cell's state is one tensor, but a tuple of {len(state)} was given: use init_state.")
    return state


def branches(state: State) -> tuple[State, ...]:
    """The parts of a state that is a tuple."""
    if isinstance(state, Tensor):
        raise TypeError("This state is a tuple, but one tensor was given: use init_state.")
    return state


def leaves(state: State) -> tuple[Tensor, ...]:
    """All tensors of a state, in order."""
    return (state,) if isinstance(state, Tensor) else tuple(tensor for part in state for tensor in leaves(part))


def rebuilt(like: State, tensors: Iterator[Tensor]) -> State:
    """The next tensors in order, in a tree like `like`."""
    return next(tensors) if isinstance(like, Tensor) else tuple(rebuilt(part, tensors) for part in like)


def map_state(function: Callable[[Tensor], Tensor], state: State) -> State:
    """`function` on every leaf, the tree kept."""
    if isinstance(state, Tensor):
        return function(state)
    return tuple(map_state(function, part) for part in state)


def select_rows(state: State, index_N: Tensor) -> State:
    """Rows `index_N` of every leaf, in that order, repeats allowed: what beam search does between steps."""
    return map_state(lambda leaf_B: leaf_B.index_select(0, index_N), state)


def detach(state: State) -> State:
    """The same values, cut from the graph: for truncated back-propagation through time."""
    return map_state(Tensor.detach, state)


def where(mask_B: Tensor, chosen: State, otherwise: State) -> State:
    """Row by row `chosen` where the mask holds, else `otherwise`, whose dtype is kept. The trees must match."""
    if isinstance(chosen, Tensor):
        old_leaf = leaf(otherwise)
        mask = mask_B.view(-1, *(1,) * (old_leaf.dim() - 1))
        return torch.where(mask, chosen.to(old_leaf.dtype), old_leaf)
    return tuple(where(mask_B, new, old) for new, old in zip(chosen, branches(otherwise), strict=True))
