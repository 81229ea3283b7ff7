"""Numbers as text: digits follow the interval, within three and about four significant ones."""

from __future__ import annotations

import pytest

from bench.stats.intervals import Interval
from bench.tables.number_format import decimals, significant, with_bounds, with_half_width


def interval(centre: float, half: float | None) -> Interval:
    return Interval(centre, None, None, 1) if half is None else Interval(centre, centre - half, centre + half, 3)


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ([(1.52345, 0.0041), (1.44, 0.0123)], ["1.523 ± 0.004", "1.440 ± 0.012"]),
        ([(1.52345, 0.2)], ["1.52 ± 0.20"]),  # a wide interval does not take the third digit
        ([(1.52345, 0.00001)], ["1.523 ± <0.001"]),
        ([(1.52345, 0.0)], ["1.523 ± 0.000"]),
        ([(1.52345, None), (1.6, None)], ["1.523", "1.600"]),
        ([(34.517, 0.31), (8.2, 0.4)], ["34.52 ± 0.31", "8.20 ± 0.40"]),
        ([(1234.5, 20.0)], ["1,234 ± 20"]),
        ([(0.001234, None)], ["0.001234"]),
        ([(0.0, None)], ["0"]),
    ],
)
def test_a_column_shares_its_decimals(column: list[tuple[float, float | None]], texts: list[str]) -> None:
    intervals = [interval(*value) for value in column]
    assert [with_half_width(value, decimals(intervals)) for value in intervals] == texts


def test_bounds_are_written_as_they_are_even_if_uneven() -> None:
    assert with_bounds(Interval(1.32, 1.296, 1.35, 9), 2) == "1.32 [1.30, 1.35]"


@pytest.mark.parametrize(
    ("value", "text"), [(11834.2, "11,830"), (9.8391, "9.839"), (0, "0"), (0.00012346, "0.0001235"), (99996.0, "100,000")]
)
def test_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text
