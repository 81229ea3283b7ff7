"""Numbers as text: as many digits as the interval supports, at least three and about four significant ones.

All numbers of a column get the same number of decimals, from the narrowest interval in it, so that they can be compared
by eye. Whether a value is best is decided on the raw numbers, never on these texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from bench.stats.intervals import Interval


def decimals(intervals: Iterable[Interval | None]) -> int:
    """Decimals for a column: one digit of the narrowest half width, within three and four significant digits."""
    present = [interval for interval in intervals if interval is not None]
    sizes = [abs(interval.centre) for interval in present if interval.centre]
    if not sizes:
        return 0
    least = max(0, 2 - _exponent(min(sizes)))
    most = max(least, 3 - _exponent(max(sizes)))
    halves = [interval.half_width for interval in present if interval.half_width]
    needed = -_exponent(min(halves)) if halves else most
    return min(max(needed, least), most, 6)


def with_half_width(interval: Interval, places: int) -> str:
    """`1.523 ± 0.004`, or `1.523` where there is no interval."""
    centre = f"{interval.centre:,.{places}f}"
    if interval.half_width is None:
        return centre
    smallest = 10.0**-places
    if 0 < interval.half_width < smallest / 2:
        return f"{centre} ± <{smallest:.{places}f}"
    return f"{centre} ± {interval.half_width:,.{places}f}"


def signed(interval: Interval, places: int) -> str:
    """A difference: `+1.8 ± 0.4`."""
    return ("+" if interval.centre > 0 else "") + with_half_width(interval, places)


def signed_number(value: float) -> str:
    """A difference of two printed figures, whose own digits it cannot know: `+1.13`."""
    return f"{'+' if value > 0 else ''}{float(f'{value:.4g}'):g}"


def p_value(p: float) -> str:
    """`0.031`, and nothing finer than `<0.001`."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def with_bounds(interval: Interval, places: int) -> str:
    """`1.32 [1.30, 1.35]`, or `1.32` where there is no interval."""
    centre = f"{interval.centre:.{places}f}"
    if interval.low is None or interval.high is None:
        return centre
    return f"{centre} [{interval.low:.{places}f}, {interval.high:.{places}f}]"


def significant(value: float, digits: int = 4) -> str:
    """A number rounded to some significant digits, with separators: 11,830."""
    if not value:
        return "0"
    places = digits - 1 - _exponent(value)
    return f"{round(value, places):,.{max(places, 0)}f}"


def whole(value: int) -> str:
    return f"{value:,}"


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value)))
