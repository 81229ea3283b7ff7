"""Sampling: which mass is kept, exactly; what is drawn, by frequency."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.decoding.greedy import Greedy
from bench.decoding.sampling import Sample

P = torch.tensor([[0.3, 0.25, 0.2, 0.15, 0.1, 0.0]])
Step = Callable[..., tuple[Tensor, Tensor]]


def shape(prob_NV: Tensor, **options: object) -> Tensor:
    settings = {"temperature": 1.0, "top_k": None, "top_p": 1.0} | options
    return Sample(**settings).distribution(prob_NV.log())  # type: ignore[arg-type]


def draw(step: Step, first_N: Tensor, seed: int, strategy: Sample, **options: object) -> Tensor:
    settings = {"length": 1, "eos": None, "forbidden": ()} | options
    generator = torch.Generator().manual_seed(seed)
    return strategy.generate(step, torch.zeros(len(first_N)), first_N, generator=generator, **settings)  # type: ignore[arg-type]


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
    kept = shape(P, **options)
    torch.testing.assert_close(kept, torch.tensor([expected], dtype=torch.float32))
    assert torch.equal(kept > 0, torch.tensor([expected]) > 0)


def test_each_row_is_cut_by_its_own_order() -> None:
    rows = torch.cat([P, P.flip(1)])
    torch.testing.assert_close(shape(rows, top_p=0.6)[1], shape(P, top_p=0.6)[0].flip(0))


def test_top_k_keeps_exactly_k_among_equals() -> None:
    assert sorted(shape(torch.full((1, 6), 1 / 6), top_k=2)[0].tolist()) == [0, 0, 0, 0, 0.5, 0.5]


def test_a_temperature_near_zero_is_greedy(step: Step) -> None:
    first_N = torch.tensor([1, 2, 3, 4, 5])
    greedy = Greedy().generate(step, torch.zeros(5), first_N, length=6, eos=None, forbidden=(), generator=None)
    for temperature in (1e-3, 1e-40):
        assert torch.equal(draw(step, first_N, 0, Sample(temperature, None, 1.0), length=6), greedy)


def test_frequencies_follow_the_distribution_and_forbidden_tokens_never_come(step: Step) -> None:
    first_N = torch.full((20_000,), 5)
    drawn = draw(step, first_N, 0, Sample(1.0, None, 1.0)).flatten().bincount(minlength=6) / 20_000
    assert (drawn - P[0]).abs().max() < 0.012  # 3.7 standard errors of the largest
    without = draw(step, first_N, 0, Sample(1.0, None, 1.0), forbidden=[0, 2]).flatten().bincount(minlength=6) / 20_000
    assert (without - torch.tensor([0, 0.5, 0, 0.3, 0.2, 0])).abs().max() < 0.013
    assert without[0] == without[2] == 0


def test_the_cut_comes_after_the_forbidding(step: Step) -> None:
    drawn = draw(step, torch.full((200,), 5), 0, Sample(1.0, 2, 1.0), forbidden=[0])
    assert set(drawn.flatten().tolist()) == {1, 2}


def test_the_generator_alone_decides(step: Step) -> None:
    first_N, strategy = torch.full((50,), 5), Sample(1.0, None, 1.0)
    torch.manual_seed(1)
    one = draw(step, first_N, 0, strategy, length=3)
    torch.manual_seed(2)
    assert torch.equal(draw(step, first_N, 0, strategy, length=3), one)
    assert not torch.equal(draw(step, first_N, 1, strategy, length=3), one)


def test_rows_end_apart_and_hold_the_end(step: Step) -> None:
    drawn_NL = draw(step, torch.full((500,), 5), 0, Sample(1.0, None, 1.0), eos=3, forbidden=[0], length=30)
    after_end_NL = (drawn_NL == 3).cumsum(1) > 0
    assert torch.equal(drawn_NL == 3, after_end_NL)
    assert len({int(row.sum()) for row in after_end_NL}) > 3


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
