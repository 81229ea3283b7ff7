"""What a source gets does not depend on its batch: its size, its mates, their order, or who has left it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from bench.decoding import select
from bench.decoding.beam import Beam
from bench.decoding.bounds import Bounds
from bench.decoding.generation import Strategy
from bench.decoding.greedy import Greedy
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.select import PerSource

EOS, FIRST, SOURCES = 9, 5, 24
STRATEGIES = [Greedy(), Beam(1, 0.75, "power", 1, 0), Beam(4, 0.75, "power", 2, 1), Beam(7, 1.0, "gnmt", 7, 0)]
MakeBounds = Callable[..., Bounds]


@pytest.fixture(params=STRATEGIES, ids=repr)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    chosen: Strategy = request.param
    return chosen


def limit(source: int) -> int:
    return 3 + (source * 7) % 19


def run(model: Any, strategy: Strategy, sources: Sequence[int], bounds: MakeBounds) -> dict[int, list[Hypothesis]]:
    limits = bounds(length=torch.tensor([limit(source) for source in sources]), eos=EOS, forbidden=[0])
    first_B = torch.full((len(sources),), FIRST)
    return dict(zip(sources, strategy.generate(model.step, model.start(sources), first_B, limits), strict=True))


def test_batches_of_any_size_and_order_agree(strategy: Strategy, prefix_model: Any, bounds: MakeBounds) -> None:
    model = prefix_model(1, size=90, active=range(0, 90, 3), spread=2.0)
    together = run(model, strategy, range(SOURCES), bounds)
    assert run(model, strategy, list(reversed(range(SOURCES))), bounds) == together
    alone = {source: run(model, strategy, [source], bounds)[source] for source in range(SOURCES)}
    assert alone == together
    some = run(model, strategy, [17, 3, 8], bounds)
    assert some == {source: together[source] for source in some}
    assert len({row[0].tokens for row in together.values()}) > SOURCES // 2


@pytest.mark.parametrize("leave", [1, 10**9])
def test_leaving_changes_nothing_but_the_rows_computed(
    strategy: Strategy, prefix_model: Any, bounds: MakeBounds, monkeypatch: pytest.MonkeyPatch, leave: int
) -> None:
    """LEAVE = 1: only when all are done; 10^9: as soon as one is."""
    model = prefix_model(2, size=90, active=range(0, 90, 3), spread=2.0)
    usual = run(model, strategy, range(SOURCES), bounds)
    computed = sum(model.rows)
    monkeypatch.setattr(select, "LEAVE", leave)
    model.rows.clear()
    assert run(model, strategy, range(SOURCES), bounds) == usual
    assert (sum(model.rows) >= computed) if leave == 1 else (sum(model.rows) <= computed)
    if isinstance(strategy, Greedy):
        assert sum(model.rows) != computed


def test_the_width_shrinks_to_what_still_runs(prefix_model: Any, bounds: MakeBounds) -> None:
    model = prefix_model(3, size=90, active=range(0, 90, 3), spread=2.0)
    run(model, Beam(6, 0.0, "power", 6, 0), [4], bounds)
    assert model.rows[:2] == [1, 6] and len(model.rows) > 4
    assert model.rows[1:] == sorted(model.rows[1:], reverse=True) and model.rows[-1] < 6


def test_the_memory_of_a_source_is_the_same_object_until_sources_leave(strategy: Strategy, bounds: MakeBounds) -> None:
    """Fixed lengths: both sources end together, so that every step gets what the model gave out at the start."""
    memory = PerSource((torch.arange(2.0),))
    generator = torch.Generator().manual_seed(0)
    memories = []

    def step(token_N: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        memories.append(state[1])
        return torch.randn(len(token_N), 12, generator=generator).log_softmax(1), state

    strategy.generate(step, (torch.zeros(2), memory), torch.tensor([1, 2]), bounds(length=6))
    assert len(memories) == 6 and all(received is memory for received in memories)


def test_a_state_that_is_reordered_wrongly_is_noticed(
    prefix_model: Any, bounds: MakeBounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model of these tests is sharp enough: without the reordering of states the beam finds other hypotheses."""
    model = prefix_model(1, size=90, active=range(0, 90, 3), spread=2.0)
    right = run(model, STRATEGIES[2], range(SOURCES), bounds)

    def forgetful(state: Any, row_N: Any, source_B: Any) -> Any:
        size = len(row_N) if row_N is not None else len(state[0])
        return state[0].repeat(size)[:size], select.select(state[1], row_N, source_B)

    monkeypatch.setattr("bench.decoding.beam.select", forgetful)
    assert run(model, STRATEGIES[2], range(SOURCES), bounds) != right
