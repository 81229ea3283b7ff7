"""Sampling: which mass is kept, exactly; what is drawn, by frequency."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.decoding.sampling import Sample

P = torch.tensor([[0.3, 0.25, 0.2, 0.15, 0.1, 0.0]])
Step = Callable[..., tuple[Tensor, Tensor]]


def shape(prob_NV: Tensor, **options: object) -> Tensor:
    settings = {"temperature": 1.0, "top_k": None, "top_p": 1.0} | options
    return Sample(**settings).distribution(prob_NV.log())  # type: ignore[arg-type]


def draw(step: Step, first_N: Tensor, seed: int, strategy: Sample, **options: object) -> list[tuple[int, ...]]:
    settings = {"length": 1, "eos": None, "forbidden": ()} | options
    bounds = Bounds(generator=torch.Generator().manual_seed(seed), **settings)  # type: ignore[arg-type]
    return [row[0].tokens for row in strategy.generate(step, torch.zeros(len(first_N)), first_N, bounds)]


def frequencies(drawn: list[tuple[int, ...]]) -> Tensor:
    return torch.tensor(drawn).flatten().bincount(minlength=6) / len(drawn)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.3, 0.25, 0.2, 0.15, 0.1, 0.0]),
        ({"top_k": 1}, [1, 0, 0, 0, 0, 0]),
        ({"top_k": 2}, [0.3 / 0.55, 0.25 / 0.55, 0, 0, 0, 0]),
        ({"top_k": 99}, [0.3, 0.25, 0.2, 0.15, 0.1, 0.0]),
        ({"top_p": 0.01}, [1, 0, 0, 0, 0, 0]),
        ({"top_p": 0.5}, [0.3 / 0.55, 0.25 / 0.55, 0, 0, 0, 0]),
        ({"top_p": 0.6}, [0.4, 0.25 / 0.75, 0.2 / 0.75, 0, 0, 0]),
        ({"top_k": 3, "top_p": 0.5}, [0.3 / 0.55, 0.25 / 0.55, 0, 0, 0, 0]),
        ({"top_k": 2, "top_p": 0.5}, [1, 0, 0, 0, 0, 0]),  # 0.3 / 0.55 alone reaches 0.5
        ({"temperature": 0.5}, [0.09 / 0.225, 0.0625 / 0.225, 0.04 / 0.225, 0.0225 / 0.225, 0.01 / 0.225, 0]),
    ],
)
def test_the_mass_kept_is_exact(options: dict[str, object], expected: list[float]) -> None:
    shaped = shape(P, **options)
    torch.testing.assert_close(shaped, torch.tensor([expected], dtype=torch.float32))
    assert torch.equal(shaped > 0, torch.tensor([expected]) > 0)


def test_each_row_is_cut_by_its_own_order() -> None:
    rows = torch.cat([P, P.flip(1)])
    torch.testing.assert_close(shape(rows, top_p=0.6)[1], shape(P, top_p=0.6)[0].flip(0))


def test_top_k_keeps_exactly_k_among_equals() -> None:
    assert sorted(shape(torch.full((1, 6), 1 / 6), top_k=2)[0].tolist()) == [0, 0, 0, 0, 0.5, 0.5]


@pytest.mark.parametrize("flushed", [False, True])
def test_a_temperature_near_zero_is_greedy(step: Step, flushed: bool, request: pytest.FixtureRequest) -> None:
    """Also where numbers below 1e-38 are read as 0."""
    request.addfinalizer(lambda: torch.set_flush_denormal(False))
    torch.set_flush_denormal(flushed)
    first_N = torch.tensor([1, 2, 3, 4, 5])
    greedy = Greedy().generate(step, torch.zeros(5), first_N, Bounds(6, None, (), None))
    for temperature in (1e-3, 1e-40):
        assert draw(step, first_N, 0, Sample(temperature, None, 1.0), length=6) == [row[0].tokens for row in greedy]


def test_frequencies_follow_the_distribution_and_forbidden_tokens_never_come(step: Step) -> None:
    first_N = torch.full((20_000,), 5)
    drawn = frequencies(draw(step, first_N, 0, Sample(1.0, None, 1.0)))
    assert (drawn - P[0]).abs().max() < 0.012  # 3.7 standard errors of the largest
    without = frequencies(draw(step, first_N, 0, Sample(1.0, None, 1.0), forbidden=[0, 2]))
    assert (without - torch.tensor([0, 0.5, 0, 0.3, 0.2, 0])).abs().max() < 0.013
    assert without[0] == without[2] == 0


def test_the_cut_comes_after_the_forbidding(step: Step) -> None:
    drawn = draw(step, torch.full((200,), 5), 0, Sample(1.0, 2, 1.0), forbidden=[0])
    assert set(drawn) == {(1,), (2,)}


def test_the_generator_alone_decides(step: Step) -> None:
    first_N, strategy = torch.full((50,), 5), Sample(1.0, None, 1.0)
    torch.manual_seed(1)
    drawn = draw(step, first_N, 0, strategy, length=3)
    torch.manual_seed(2)
    assert draw(step, first_N, 0, strategy, length=3) == drawn
    assert draw(step, first_N, 1, strategy, length=3) != drawn


def test_rows_end_apart_and_the_draws_follow_the_model_after_others_have_left(step: Step) -> None:
    """From 5, with 3 as the end: rows leave, and the tokens of those that stay keep the model's frequencies."""
    drawn = draw(step, torch.full((20_000,), 5), 0, Sample(1.0, None, 1.0), eos=3, forbidden=[0], length=30)
    assert not any(3 in row or 0 in row for row in drawn)
    assert len({len(row) for row in drawn}) > 5
    after_2 = [row[2] for row in drawn if len(row) > 2 and row[1] == 2]  # to 1: 0.2, 2: 0.1, 4: 0.6
    share = torch.tensor(after_2).bincount(minlength=6) / len(after_2)
    assert (share - torch.tensor([0, 2 / 9, 1 / 9, 0, 6 / 9, 0])).abs().max() < 0.04


def test_a_sample_bears_the_models_log_probability(step: Step) -> None:
    sharp = Sample(0.3, 2, 1.0)
    bounds = Bounds(6, 0, (), torch.Generator().manual_seed(0))
    for row in sharp.generate(step, torch.zeros(40), torch.full((40,), 5), bounds):
        expected, last = 0.0, 5
        for token in (*row[0].tokens, 0):
            expected, last = expected + float(step(torch.tensor([last]), torch.zeros(1))[0][0, token]), token
        assert row[0].log_prob == row[0].score == pytest.approx(expected, abs=1e-5)
        assert row[0].ended


def test_where_the_model_leaves_nothing_something_allowed_is_drawn(step: Step) -> None:
    drawn = draw(step, torch.full((200,), 3), 0, Sample(1e-40, None, 0.9), forbidden=[0, 5])
    assert {token for row in drawn for token in row} <= {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((0.0, None, 1.0), "decode.temperature=0.0 is refused: give a finite number above 0."),
        ((float("nan"), None, 1.0), "decode.temperature=nan is refused: give a finite number above 0."),
        ((float("inf"), None, 1.0), "decode.temperature=inf is refused: give a finite number above 0."),
        ((1.0, 0, 1.0), "decode.top_k=0 is refused: give an integer of at least 1."),
        ((1.0, None, 0.0), "decode.top_p=0.0 is refused: give a number above 0 and at most 1."),
        ((1.0, None, 1.1), "decode.top_p=1.1 is refused: give a number above 0 and at most 1."),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_sentence(values: tuple[float, int | None, float], sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Sample(*values)
    assert str(refusal.value) == sentence
