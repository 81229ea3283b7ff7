"""The contract of a recurrent cell: `step` is the definition, `scan` the same thing over a whole sequence.

    y_t, s_t = step(x_t, s_{t-1})        scan = step for t = 1..T, from s_0 = the state given

A state (`bench.cells.state`) has the batch as axis 0 of *every* leaf.

Axes in names: B batch, T time (at least 1), I input, H hidden, G rows of a weight (gates x H), N rows being decoded.

This is not a layer: depth, direction and dropout are `bench.nets.parts.stack`.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from bench.cells.checks import checked_states
from bench.cells.ranges import at_least_one
from bench.cells.scan.padding import valid_mask, zero_padding
from bench.cells.state import Kind, Leaf, State, where


class Cell(nn.Module):
    """Base of all cells. A new cell defines `step`, and `init_state` unless its state is one vector h_BH."""

    version: ClassVar[int] = 1
    """Of what it computes: a change that gives other numbers raises it (`bench.jobs.identity`)."""
    state_leaves: ClassVar[tuple[Leaf, ...]] = (Leaf("h", Kind.OUTPUT),)
    """The tensors of its state in order, by the names of its equations, and what each is to a net."""
    looks_back: ClassVar[bool] = True
    """Whether its output depends on what it read before: False where its state is never read."""
    has_memory: ClassVar[bool] = True
    """Whether that may lie any number of steps back: False for a window of the last inputs."""
    multiple_of: ClassVar[str | None] = None
    """The setting, such as "heads", of which `hidden_size` must be a multiple; None: any size will do."""
    variants: ClassVar[tuple[dict[str, object], ...]] = ({},)
    """Settings that lead through other code than those of the cell's yaml, {}: the contract is tested with each of them."""

    undecayed: ClassVar[tuple[str, ...]] = ()
    """Its parameters that weight decay leaves alone, such as the rates at which it forgets."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = at_least_one("input_size", input_size)
        self.hidden_size = at_least_one("hidden_size", hidden_size)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        """Zeros, with the dtype and device of `like`."""
        return like.new_zeros(batch_size, self.hidden_size)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        """One time step: (output_BH, the next state)."""
        raise NotImplementedError

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        """All time steps: (output_BTH, the state after each row's last valid step).

        `lengths_B` None: every row is full. Else integers in 0..T: outputs past a row's length are exactly 0, a row of
        length 0 keeps its state, and whatever lies in the padding (nan too) changes neither values nor gradients.
        """
        checked_states(self, x_BTI, state, lengths_B)
        if lengths_B is None:
            return self._loop(x_BTI, state)
        return self._loop_ragged(x_BTI, state, valid_mask(lengths_B, x_BTI))

    def forward(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        return self.scan(x_BTI, state, lengths_B)

    def _loop(self, x_BTI: Tensor, state: State) -> tuple[Tensor, State]:
        outputs = []
        for x_BI in x_BTI.unbind(1):
            y_BH, state = self.step(x_BI, state)
            outputs.append(y_BH)
        return torch.stack(outputs, 1), state

    def _loop_ragged(self, x_BTI: Tensor, state: State, valid_BT: Tensor) -> tuple[Tensor, State]:
        outputs = []
        for x_BI, valid_B in zip(zero_padding(x_BTI, valid_BT).unbind(1), valid_BT.unbind(1), strict=True):
            y_BH, after = self.step(x_BI, state)
            state = where(valid_B, after, state)
            outputs.append(y_BH)
        return zero_padding(torch.stack(outputs, 1), valid_BT), state
