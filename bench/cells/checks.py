"""What a scan and a constructor refuse before anything is computed: one sentence with what was given and what is allowed.

A matrix product would refuse most of it too, in words about matrices; a length beyond the tensor it would let pass.
"""

from math import isfinite
from typing import Protocol

import torch
from torch import Tensor

from bench.cells.state import State, leaves
from bench.errors import Refusal


class Starts(Protocol):
    """What is checked of a cell, or of what is one to its caller: its input, and the state that it starts from."""

    input_size: int

    def init_state(self, batch_size: int, like: Tensor) -> State: ...


def finite(name: str, value: float) -> float:
    """`value` unless it is infinite or nan."""
    if not isfinite(value):
        raise Refusal(f"{name}={value!r} is refused: give a finite number.")
    return value


def checked_states(cell: Starts, x_BTI: Tensor, state: State, lengths_B: Tensor | None) -> tuple[Tensor, ...]:
    """The leaves of `state`, once it, the input and the lengths go together and with the cell. Raises ValueError."""
    name = type(cell).__name__
    if x_BTI.dim() != 3 or x_BTI.size(2) != cell.input_size:
        raise ValueError(
            f"An input of shape {tuple(x_BTI.shape)} is refused: {name} reads (batch, time, {cell.input_size}); give "
            "inputs of that size, or build the cell with another input_size."
        )
    if x_BTI.size(1) < 1:
        raise ValueError(f"An input of shape {tuple(x_BTI.shape)} is refused: give at least one time step.")
    if lengths_B is not None:
        _check_lengths(lengths_B, x_BTI)
    actual, expected = leaves(state), leaves(cell.init_state(x_BTI.size(0), x_BTI))
    shapes = [[tuple(leaf.shape) for leaf in side] for side in (actual, expected)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"A state of shape {_in_words(shapes[0])} is refused: for {x_BTI.size(0)} rows {name} keeps "
            f"{_in_words(shapes[1])}; start from init_state."
        )
    if any(leaf.device != x_BTI.device for leaf in actual):
        raise ValueError(f"A state on {actual[0].device} with an input on {x_BTI.device} is refused: move it there first.")
    return actual


def _check_lengths(lengths_B: Tensor, x_BTI: Tensor) -> None:
    rows, steps = x_BTI.shape[:2]
    if lengths_B.shape != (rows,) or lengths_B.is_floating_point() or lengths_B.dtype == torch.bool:
        raise ValueError(
            f"Lengths of shape {tuple(lengths_B.shape)} and type {lengths_B.dtype} are refused: give one integer for each of "
            f"the {rows} rows."
        )
    if rows and not 0 <= int(lengths_B.min()) <= int(lengths_B.max()) <= steps:
        raise ValueError(
            f"Lengths from {int(lengths_B.min())} to {int(lengths_B.max())} are refused: with {steps} time steps a length is "
            f"from 0 to {steps}."
        )


def _in_words(shapes: list[tuple[int, ...]]) -> str:
    return " and ".join(map(str, shapes)) or "nothing"
