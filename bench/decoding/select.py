"""Rows of a state while a search runs: which stay, which are copied, and what belongs to a source rather than to a row.

A source is what is decoded once: a sentence, a prompt. B sources have N = B x W rows, W hypotheses each, those of one source
adjacent. Axis 0 of every leaf of a state is N, except inside a `PerSource`, where it is B: the encoder's memory is the same
for all hypotheses of a source, and so it is never copied or reordered, only thinned when sources leave.
"""

import torch
from torch import Tensor

from bench.cells.state import State

LEAVE = 8  # finished sources leave once they are one in so many: each departure copies the states of those that stay


class PerSource(tuple[State, ...]):
    """Leaves with axis 0 of size B. A step that reads one finds W = N // B, and puts the same object into its next state."""

    __slots__ = ()


def select(state: State, row_N: Tensor | None, source_B: Tensor | None) -> State:
    """Rows `row_N` of every leaf, in that order, repeats allowed; `source_B` of those inside a `PerSource`. None: all, as
    they lie, without a copy."""
    if isinstance(state, Tensor):
        return state if row_N is None else state.index_select(0, row_N)
    if isinstance(state, PerSource):
        return state if source_B is None else PerSource(select(part, source_B, source_B) for part in state)
    return tuple(select(part, row_N, source_B) for part in state)


def staying(done_B: Tensor) -> Tensor | None:
    """The places of those who are not done; None while too few are done for their leaving to pay."""
    index_b = (~done_B).nonzero().squeeze(1)
    leaving = len(done_B) - len(index_b)
    return index_b if leaving * LEAVE >= max(len(done_B), 1) else None


def unless_identity(row_N: Tensor, rows: int) -> Tensor | None:
    """`row_N`, or None where it keeps all `rows` of the state in place. On a GPU to ask takes longer than to copy."""
    same = row_N.device.type == "cpu" and len(row_N) == rows and torch.equal(row_N, torch.arange(rows, device=row_N.device))
    return None if same else row_N
