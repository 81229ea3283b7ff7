"""Two models to decode: one of six tokens that can be read by eye, one that depends on the whole prefix."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from bench.cells.state import State
from bench.decoding.bounds import Bounds
from bench.decoding.select import PerSource

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
HASHES = 4099

Step = Callable[[Tensor, State], tuple[Tensor, State]]


@pytest.fixture
def step() -> Step:
    """The state counts the steps taken, so that a loop that drops it is noticed."""

    def model(token_N: Tensor, state: State) -> tuple[Tensor, State]:
        assert isinstance(state, Tensor)
        return TRANSITIONS[token_N].log(), state + 1

    return model


@pytest.fixture
def bounds() -> Callable[..., Bounds]:
    """bounds(**changes) from: five tokens, no end, nothing forbidden, torch's own generator."""

    def make(
        length: int | Tensor = 5,
        eos: int | None = None,
        forbidden: Sequence[int] = (),
        generator: torch.Generator | None = None,
    ) -> Bounds:
        return Bounds(length, eos, forbidden, generator)

    return make


@dataclass
class PrefixModel:
    """log p(y | source, prefix) from a table that a hash of both indexes. The state carries the hash of a row's prefix, and the
    source in a `PerSource`: whoever mixes up rows or sources gets another row of the table.

    `active` are the tokens with a probability above 0. `rows` notes how many rows each step was given.
    """

    table_HV: Tensor
    rows: list[int] = field(default_factory=list)

    @classmethod
    def random(cls, seed: int, *, size: int, active: Sequence[int], spread: float = 1.5) -> "PrefixModel":
        generator = torch.Generator().manual_seed(seed)
        logit_HV = torch.full((HASHES, size), -torch.inf)
        logit_HV[:, list(active)] = spread * torch.randn(HASHES, len(active), generator=generator)
        return cls(logit_HV.log_softmax(1))

    def start(self, sources: Sequence[int]) -> State:
        source_B = torch.tensor(sources)
        return torch.zeros_like(source_B), PerSource((source_B,))

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        hash_N, memory = state
        assert isinstance(memory, PerSource) and isinstance(hash_N, Tensor)
        self.rows.append(len(token_N))
        (source_B,) = memory
        assert len(token_N) % len(source_B) == 0
        hash_N = (hash_N * 37 + token_N + 11) % HASHES
        row_N = (hash_N + 101 * source_B.repeat_interleave(len(token_N) // len(source_B))) % HASHES
        return self.table_HV[row_N], (hash_N, memory)

    def log_probs(self, source: int, prefix: Sequence[int]) -> list[float]:
        """The same for one prefix, `first` included, by the definition."""
        row = 0
        for token in prefix:
            row = (row * 37 + token + 11) % HASHES
        return self.table_HV[(row + 101 * source) % HASHES].double().tolist()


@pytest.fixture
def prefix_model() -> Callable[..., PrefixModel]:
    return PrefixModel.random
