"""A table with one type a column, as wandb takes it."""

from typing import Any

import pytest

from bench.tables import columnar, sweep_table
from bench.tables.comparison import comparisons_of

PUBLISHED = {"name": "theirs", "metric": "nats_per_char", "split": "test", "value": 1.4, "source": "a paper"}


def columns(records: list[Any]) -> dict[str, list[Any]]:
    return columnar.columns(sweep_table.tables(comparisons_of(records))[0])


def test_a_number_stays_one_beside_a_published_name(make: Any) -> None:
    found = columns([make(depth=depth, report={"literature": [PUBLISHED]}) for depth in (1, 2)])
    assert found["depth"] == [1, 2, None]
    assert found["published"] == [None, None, "theirs"] and found["source"] == [None, None, "a paper"]
    assert found["test nats per char (nats/character)"][2] == 1.4


def test_intervals_stand_in_columns_of_their_own(make: Any) -> None:
    found = columns([make(cell=cell, seed=seed) for cell in ("gru", "lstm") for seed in (0, 1, 2)])
    low, high = found["test nats per char low"], found["test nats per char high"]
    assert all(a < b < c for a, b, c in zip(low, found["test nats per char (nats/character)"], high, strict=True))


def test_words_never_stand_among_numbers(make: Any) -> None:
    found = columns([make(cell="gru"), make.failed(cell="lstm")])
    kinds = [{type(value) for value in values if value is not None} for values in found.values()]
    assert all(len(kind) < 2 or kind == {int, float} for kind in kinds)
    assert found["test nats per char (nats/character)"][1] is None
    assert "diverged" in str(found["test nats per char status"][1])


@pytest.mark.parametrize(("values", "expected"), [([1, 2.5, None], [1, 2.5, None]), ([True, 1], ["True", "1"])])
def test_only_numbers_share_a_column(values: list[Any], expected: list[Any]) -> None:
    assert columnar._alike(values) == expected
