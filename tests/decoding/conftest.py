"""A model of six tokens that can be read by eye: what follows depends on the last token alone."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.cells.cell import State

EOS = 0
TRANSITIONS = torch.tensor(
    [
        # to 0   1    2    3    4    5
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],  # from 0, the end: stays
        [0.0, 0.1, 0.5, 0.4, 0.0, 0.0],  # from 1: most likely 2
        [0.1, 0.2, 0.1, 0.0, 0.6, 0.0],  # from 2: most likely 4
        [0.9, 0.0, 0.0, 0.0, 0.0, 0.1],  # from 3: most likely the end
        [0.0, 0.0, 0.2, 0.7, 0.0, 0.1],  # from 4: most likely 3
        [0.3, 0.25, 0.2, 0.15, 0.1, 0.0],  # from 5: all but 5
    ]
)

Step = Callable[[Tensor, State], tuple[Tensor, State]]


@pytest.fixture
def step() -> Step:
    """The state counts the steps taken, so that a loop that drops it is noticed."""

    def model(token_N: Tensor, state: State) -> tuple[Tensor, State]:
        assert isinstance(state, Tensor)
        return TRANSITIONS[token_N].log(), state + 1

    return model
