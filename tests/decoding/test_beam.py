"""Beam search against two slow searches that can be read: all hypotheses there are, and a beam that never stops early."""

from collections.abc import Callable, Iterator, Sequence
from math import inf, log
from typing import Any

import pytest
import torch

from bench.decoding.beam import Beam, beam
from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.decoding.hypothesis import Hypothesis

EOS, FIRST = 64, 5
ACTIVE = (EOS, 3, 129)  # tokens in three blocks of columns
MakeBounds = Callable[..., Bounds]


def search(**changes: Any) -> Beam:
    return Beam(**{"width": 5, "length_penalty": 0.75, "norm": "power", "n_best": 1, "min_length": 0} | changes)


def norm(name: str, alpha: float, length: int) -> float:
    return float(length**alpha if name == "power" else (5 + length) ** alpha / 6**alpha)


def ranked(hypotheses: list[tuple[tuple[int, ...], float]], settings: Beam, end: int) -> list[tuple[tuple[int, ...], float]]:
    """(tokens, score), the best first."""
    scores = [(tokens, log_p / norm(settings.norm, settings.length_penalty, len(tokens) + end)) for tokens, log_p in hypotheses]
    return sorted(scores, key=lambda pair: -pair[1])[: settings.n_best]


def everything(model: Any, source: int, limit: int, least: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every hypothesis of `least` to `limit` tokens and its log-probability."""
    prefixes: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for length in range(limit + 1):
        longer = []
        for tokens, log_p in prefixes:
            row = model.log_probs(source, (FIRST, *tokens))
            if length >= least:
                yield tokens, log_p + row[EOS]
            longer += [((*tokens, token), log_p + row[token]) for token in ACTIVE if token != EOS]
        prefixes = longer


def slow_beam(model: Any, source: int, limit: int, settings: Beam) -> list[tuple[tuple[int, ...], float]]:
    """All that a beam finishes, without any stopping: until no slot is left or the longest length is reached."""
    finished: list[tuple[tuple[int, ...], float]] = []
    running: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for length in range(limit + 1):
        extended = []
        for tokens, log_p in running:
            row = model.log_probs(source, (FIRST, *tokens))
            allowed = [EOS] if length == limit else [t for t in ACTIVE if t != EOS or length >= settings.min_length]
            extended += [((*tokens, token), log_p + row[token]) for token in allowed]
        candidates = sorted(extended, key=lambda pair: -pair[1])[: settings.width - len(finished)]
        finished += [(tokens[:-1], log_p) for tokens, log_p in candidates if tokens[-1] == EOS]
        running = [pair for pair in candidates if pair[0][-1] != EOS]
    return finished


def run(model: Any, sources: Sequence[int], bounds: Bounds, settings: Beam) -> list[list[Hypothesis]]:
    first_B = torch.full((len(sources),), FIRST)
    return beam(model.step, model.start(sources), first_B, bounds=bounds, search=settings)


def same(hypotheses: list[Hypothesis], expected: list[tuple[tuple[int, ...], float]]) -> None:
    assert [hypothesis.tokens for hypothesis in hypotheses] == [tokens for tokens, _ in expected]
    assert [hypothesis.score for hypothesis in hypotheses] == pytest.approx([score for _, score in expected], abs=1e-5)


NORMS = [
    ("power", 0.0),
    ("power", 0.75),
    ("power", 1.0),
    ("power", 2.5),
    ("gnmt", 0.0),
    ("gnmt", 0.6),
    ("gnmt", 1.0),
    ("gnmt", 9),
]


@pytest.mark.parametrize(("name", "alpha"), NORMS)
@pytest.mark.parametrize("least", [0, 2])
@pytest.mark.parametrize("width", [31, 200])  # 200: more than there are tokens
def test_a_width_that_holds_everything_is_exhaustive_search(
    prefix_model: Any, bounds: MakeBounds, name: str, alpha: float, least: int, width: int
) -> None:
    settings = search(width=width, norm=name, length_penalty=alpha, n_best=4, min_length=least)
    for seed in range(6):
        model = prefix_model(seed, size=150, active=ACTIVE)
        generated = run(model, [0, 1, 2], bounds(length=torch.tensor([4, 2, 3]), eos=EOS), settings)
        for source, limit in enumerate([4, 2, 3]):
            same(generated[source], ranked(list(everything(model, source, limit, least)), settings, end=1))


@pytest.mark.parametrize(("name", "alpha"), NORMS)
@pytest.mark.parametrize(("width", "n_best"), [(1, 1), (2, 1), (3, 2), (5, 1), (5, 5)])
def test_stopping_early_never_changes_a_result(
    prefix_model: Any, bounds: MakeBounds, name: str, alpha: float, width: int, n_best: int
) -> None:
    settings = search(width=width, norm=name, length_penalty=alpha, n_best=n_best, min_length=1)
    limits = [6, 1, 9, 4, 12, 3]
    for seed in range(3):
        model = prefix_model(seed, size=140, active=(*ACTIVE, 7, 127), spread=2.5)
        generated = run(model, range(6), bounds(length=torch.tensor(limits), eos=EOS, forbidden=[7, 127]), settings)
        for source, limit in enumerate(limits):
            same(generated[source], ranked(slow_beam(model, source, limit, settings), settings, end=1))


def test_stops_as_soon_as_nothing_can_overtake(bounds: MakeBounds) -> None:
    """From 3 the end has 0.9; without a norm the hypotheses that run have at most 0.1. With one they could still win."""
    rows = torch.tensor([[0.0, 0.0, 0.0], [0.9, 0.06, 0.04], [0.3, 0.3, 0.4]])
    steps = []

    def step(token_N: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        steps.append(len(token_N))
        return rows[token_N].log(), state

    def steps_taken(alpha: float, n_best: int) -> int:
        steps.clear()
        settings = search(width=3, length_penalty=alpha, n_best=n_best)
        beam(step, torch.zeros(1), torch.tensor([1]), bounds=bounds(length=40, eos=0), search=settings)
        return len(steps)

    assert steps_taken(0.0, 1) == 1
    assert steps_taken(0.0, 2) == 2  # then 1 0 has 0.054, and what runs at most 0.016
    assert steps_taken(1.5, 1) > 3


def test_width_one_is_greedy_search(prefix_model: Any, bounds: MakeBounds) -> None:
    for seed, (eos, spread) in enumerate([(EOS, 0.1), (EOS, 3.0), (None, 1.0)]):
        model = prefix_model(seed, size=200, active=range(0, 200, 4), spread=spread)
        limits = bounds(length=torch.arange(1, 31), eos=eos, forbidden=[8, 128])
        first_B, state = torch.full((30,), FIRST), model.start(range(30))
        greedy = Greedy().generate(model.step, state, first_B, limits)
        assert run(model, range(30), limits, search(width=1, length_penalty=0.0)) == greedy
        assert len({row[0].tokens for row in greedy}) > 20


def test_width_one_is_greedy_search_among_equals(bounds: MakeBounds) -> None:
    generator = torch.Generator().manual_seed(0)
    table_VV = -torch.randint(1, 3, (300, 300), generator=generator).float()

    def step(token_N: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return table_VV[token_N], state

    first_B, limits = torch.arange(300), bounds(length=8)
    greedy = Greedy().generate(step, torch.zeros(300), first_B, limits)
    width_one = search(width=1, length_penalty=0.0)
    assert beam(step, torch.zeros(300), first_B, bounds=limits, search=width_one) == greedy


def test_by_finger_on_the_transition_matrix(step: Any, bounds: MakeBounds) -> None:
    """From 1: greedy search finds 2 4 3 0 with 0.189 and does not see 3 0 with 0.36. The beams: 2, 3, 1; then 3 0 (done), 2 4,
    2 1; 2 4 3, 2 4 2; 2 4 3 0 (done), 2 4 2 4; 2 4 2 4 3, which is full."""
    settings = search(width=3, length_penalty=0.0, n_best=3)
    (row,) = beam(step, torch.zeros(1), torch.tensor([1]), bounds=bounds(length=5, eos=0), search=settings)
    assert [hypothesis.tokens for hypothesis in row] == [(3,), (2, 4, 3), (2, 4, 2, 4, 3)]
    assert [hypothesis.log_prob for hypothesis in row] == pytest.approx([log(0.36), log(0.189), log(0.02268)], abs=1e-5)


def test_without_an_end_the_best_of_exact_length(step: Any, bounds: MakeBounds) -> None:
    settings = search(width=4, length_penalty=1.0, n_best=2)
    limits = bounds(length=torch.tensor([1, 3]))
    generated = beam(step, torch.zeros(2), torch.tensor([1, 1]), bounds=limits, search=settings)
    assert [[hypothesis.tokens for hypothesis in row] for row in generated] == [[(2,), (3,)], [(3, 0, 0), (2, 4, 3)]]
    assert generated[1][0] == Hypothesis((3, 0, 0), pytest.approx(log(0.36)), pytest.approx(log(0.36) / 3), False)


def test_the_longest_length_wins_over_the_least(prefix_model: Any, bounds: MakeBounds) -> None:
    model = prefix_model(0, size=150, active=ACTIVE)
    generated = run(model, [0, 1], bounds(length=torch.tensor([2, 0]), eos=EOS), search(min_length=4))
    assert [len(row[0].tokens) for row in generated] == [2, 0]
    assert generated[1][0].log_prob == pytest.approx(model.log_probs(1, [FIRST])[EOS])


def test_what_the_model_excludes_comes_only_where_there_is_nothing_else(step: Any, bounds: MakeBounds) -> None:
    settings = search(width=5, n_best=5)
    full = beam(step, torch.zeros(2), torch.tensor([1, 5]), bounds=bounds(length=0, eos=0), search=settings)
    assert full == [
        [Hypothesis((), -inf, -inf, True)],
        [Hypothesis((), pytest.approx(log(0.3)), pytest.approx(log(0.3)), True)],
    ]
    (row,) = beam(step, torch.zeros(1), torch.tensor([3]), bounds=bounds(length=1, eos=0), search=settings)
    assert [hypothesis.tokens for hypothesis in row] == [(), (5,)]
    never = bounds(length=2, eos=0, forbidden=[5])
    (row,) = beam(step, torch.zeros(1), torch.tensor([3]), bounds=never, search=search(min_length=1))
    assert len(row) == 1 and row[0].log_prob == -inf and len(row[0].tokens) >= 1


def test_no_sources_give_no_rows(step: Any, bounds: MakeBounds) -> None:
    nothing = torch.zeros(0, dtype=torch.long)
    assert beam(step, torch.zeros(0), nothing, bounds=bounds(length=2), search=search()) == []


def test_a_model_that_has_diverged_comes_to_an_end(bounds: MakeBounds) -> None:
    def broken(token_N: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((len(token_N), 6), torch.nan), state

    (row,) = beam(broken, torch.zeros(1), torch.tensor([1]), bounds=bounds(length=3, eos=5), search=search())
    assert len(row) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"width": 0}, "decode.width=0 is refused: give an integer of at least 1."),
        ({"n_best": 0}, "decode.n_best=0 is refused: give an integer of at least 1."),
        ({"n_best": 6}, "decode.n_best=6 is refused with decode.width=5: give at most the width."),
        ({"length_penalty": -0.5}, "decode.length_penalty=-0.5 is refused: give a finite number of at least 0."),
        ({"length_penalty": inf}, "decode.length_penalty=inf is refused: give a finite number of at least 0."),
        ({"length_penalty": float("nan")}, "decode.length_penalty=nan is refused: give a finite number of at least 0."),
        ({"norm": "mean"}, "decode.norm='mean' is refused: choose one of power, gnmt."),
        ({"min_length": -1}, "decode.min_length=-1 is refused: give an integer of at least 0."),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        search(**changes)
    assert str(refusal.value) == sentence
