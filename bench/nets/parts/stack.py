"""Depth x direction over any cell, with dropout between the layers.

    layer 1 reads x;  layer l reads dropout(output of layer l - 1)
    bidirectional: output = [forward cell over x ; backward cell over x reversed, reversed back]  (2H wide)

Dropout acts between layers only, never on the recurrent path (Zaremba et al. 2014, arXiv:1409.2329, section 3.2; the masks are
those of `bench.nets.parts.dropout`); at depth 1 there is nothing between, and it does nothing. A row is reversed *within its
length*, never over its padding (Schuster and Paliwal 1997, doi 10.1109/78.650093).

A forward stack is itself a cell. A bidirectional one has no `step`: it needs the whole sequence. It is not
torch.nn.LSTM(num_layers=...), which knows three cells.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import at_least_one, one_of
from bench.cells.scan.padding import reverse_within
from bench.cells.state import Leaf, State, branches, leaves
from bench.errors import Refusal
from bench.nets.parts.dropout import Dropout

DIRECTIONS = ("forward", "bidirectional")


class Stack(Cell):
    """State: a tuple over the layers; for a bidirectional stack each entry is a pair (forward, backward).

    `make_cell(input_size, hidden_size)` builds one cell; `dropout` acts between the layers. `output_size` is H, or 2H where
    bidirectional.
    """

    def __init__(
        self,
        make_cell: Callable[[int, int], Cell],
        *,
        input_size: int,
        hidden_size: int,
        depth: int,
        direction: str,
        dropout: Dropout,
    ) -> None:
        at_least_one("stack.hidden_size", hidden_size)
        super().__init__(input_size, hidden_size)
        self.depth = at_least_one("stack.depth", depth)
        self.direction = one_of("stack.direction", direction, DIRECTIONS)
        self.bidirectional = direction == "bidirectional"
        self.output_size = 2 * hidden_size if self.bidirectional else hidden_size
        self.dropout = dropout
        sizes = [input_size, *[self.output_size] * (depth - 1)]
        self.forward_cells = nn.ModuleList(make_cell(size, hidden_size) for size in sizes)
        self.backward_cells = nn.ModuleList(make_cell(size, hidden_size) for size in sizes if self.bidirectional)

    @property
    def cell_class(self) -> type[Cell]:
        return type(_cells(self.forward_cells)[0])

    @property
    def layer_leaves(self) -> tuple[Leaf, ...]:
        """What the cell says of the leaves of a layer's state. Raises Refusal where it keeps others than it says."""
        cell = _cells(self.forward_cells)[0]
        count = len(leaves(cell.init_state(1, torch.zeros(1))))
        if count != len(cell.state_leaves):
            raise Refusal(
                f"A cell of the class {self.cell_class.__name__} keeps {count} tensors, not {len(cell.state_leaves)}: give "
                "its class state_leaves with a Leaf(name, kind) for each tensor of init_state, in order."
            )
        return cell.state_leaves

    def init_state(self, batch_size: int, like: Tensor) -> State:
        def zeros(cells: nn.ModuleList) -> tuple[State, ...]:
            return tuple(cell.init_state(batch_size, like) for cell in _cells(cells))

        if self.bidirectional:
            return tuple(zip(zeros(self.forward_cells), zeros(self.backward_cells), strict=True))
        return zeros(self.forward_cells)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        self._check_forward()
        after = []
        for layer, (cell, before) in enumerate(zip(_cells(self.forward_cells), branches(state), strict=True)):
            x_BI, layer_state = cell.step(self.dropout(x_BI) if layer else x_BI, before)
            after.append(layer_state)
        return x_BI, tuple(after)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        checked_states(self, x_BTI, state, lengths_B)
        scan_layer = self._scan_both if self.bidirectional else self._scan_forward
        after = []
        for layer, before in enumerate(branches(state)):
            x_BTI, layer_state = scan_layer(layer, self.dropout(x_BTI) if layer else x_BTI, before, lengths_B)
            after.append(layer_state)
        return x_BTI, tuple(after)

    def _check_forward(self) -> None:
        """Raises Refusal where there is no single step."""
        if self.bidirectional:
            raise Refusal(
                "A stack with stack.direction=bidirectional has no single step, since it reads the whole sequence: "
                "use stack.direction=forward to generate, or scan."
            )

    def _scan_forward(self, layer: int, x_BTI: Tensor, state: State, lengths_B: Tensor | None) -> tuple[Tensor, State]:
        return _cells(self.forward_cells)[layer].scan(x_BTI, state, lengths_B)

    def _scan_both(self, layer: int, x_BTI: Tensor, state: State, lengths_B: Tensor | None) -> tuple[Tensor, State]:
        before, before_reversed = branches(state)
        y_BTH, after = _cells(self.forward_cells)[layer].scan(x_BTI, before, lengths_B)
        mirrored_BTI = reverse_within(x_BTI, lengths_B)
        reversed_BTH, after_reversed = _cells(self.backward_cells)[layer].scan(mirrored_BTI, before_reversed, lengths_B)
        return torch.cat([y_BTH, reverse_within(reversed_BTH, lengths_B)], 2), (after, after_reversed)


def _cells(modules: nn.ModuleList) -> Sequence[Cell]:
    return cast("Sequence[Cell]", modules)
