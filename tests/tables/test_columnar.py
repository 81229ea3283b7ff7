"""A table with one type a column, as wandb takes it."""

from typing import Any

import pytest

from bench.tables import columnar, sweep_table
from bench.tables.comparison import comparisons_of

PUBLISHED = {"name": "theirs", "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "a paper"}


def columns(records: list[Any]) -> dict[str, list[Any]]:
    return columnar.columns(sweep_table.tables(comparisons_of(records))[0])


def test_a_number_stays_one_beside_a_published_name(make: Any) -> None:
    by_name = columns([make(depth=depth, report={"literature": [PUBLISHED]}) for depth in (1, 2)])
    assert by_name["depth"] == [1, 2, None]
    assert by_name["published"] == [None, None, "theirs"] and by_name["source"] == [None, None, "a paper"]
    assert by_name["test nats per char (nats/character)"][2] == 1.4


def test_intervals_stand_in_columns_of_their_own(make: Any) -> None:
    by_name = columns([make(cell=cell, seed=seed) for cell in ("gru", "lstm") for seed in (0, 1, 2)])
    low, high = by_name["test nats per char low"], by_name["test nats per char high"]
    assert all(a < b < c for a, b, c in zip(low, by_name["test nats per char (nats/character)"], high, strict=True))


def test_words_never_stand_among_numbers(make: Any) -> None:
    by_name = columns([make(cell="gru"), make.failed(cell="lstm")])
    kinds = [{type(value) for value in values if value is not None} for values in by_name.values()]
    assert all(len(kind) < 2 or kind == {int, float} for kind in kinds)
    assert by_name["test nats per char (nats/character)"][1] is None
    assert "diverged" in str(by_name["test nats per char status"][1])


@pytest.mark.parametrize(("values", "expected"), [([1, 2.5, None], [1, 2.5, None]), ([True, 1], ["True", "1"])])
def test_only_numbers_share_a_column(values: list[Any], expected: list[Any]) -> None:
    assert columnar.alike(values) == expected
