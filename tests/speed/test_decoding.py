"""Turns of the decoding pass, under a clock that the test holds."""

from types import SimpleNamespace

import pytest

from bench.speed import decoding


@pytest.fixture
def rows(monkeypatch):
    """What each row was asked to run, in order: (row, passes). The first pass of a row is fifty times as slow."""
    turns = []

    class Row:
        def __init__(self, name):
            self.name, self.passes, self.cold = name, 1, True
            self.config = SimpleNamespace(speed=SimpleNamespace(rounds=3, seconds=7.0))

        def run(self):
            turns.append((self.name, self.passes))
            seconds = self.passes * (50.0 if self.cold else 2.0)
            self.cold = False
            return seconds, 10 * self.passes, 100 * self.passes

    monkeypatch.setattr(decoding, "Row", Row)
    return turns


def test_turns_are_sized_by_a_warm_pass_last_long_enough_and_alternate(rows):
    first, second = decoding.measure(["a", "b"])
    assert rows[:4] == [("a", 1), ("a", 1), ("b", 1), ("b", 1)]
    assert rows[4:] == [("a", 4), ("b", 4)] * 3  # of 2 seconds a pass: the fewest that last 7
    for measured in (first, second):
        assert measured["decode_sentences_per_second"]["samples"] == [5.0] * 3
        assert measured["decode_tokens_per_second"]["samples"] == [50.0] * 3
