"""Moments as files write them: dates in common forms, years, 20100101, Unix time.

A moment is a `Moment`: (months since year 0, seconds since the first day of Python's calendar). The months count steps of
calendars, whose months differ in length.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import NamedTuple

from bench.data.sources.numbers import number

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm])?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?")
_TAIL = r"(?:[T,\s]+(?P<clock>\d{1,2}:\d{2}.*))?"
_WEEKDAY = r"(?:[A-Za-z]{3,9},?\s+)?"
_Y, _SHORT = r"(?P<y>\d{4})", r"(?P<y>\d{4}|\d{2})"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
FORMS = [
    re.compile(form + _TAIL)
    for form in (
        _Y + r"(?P<s>[-/.])(?P<m>\d{1,2})(?:(?P=s)(?P<d>\d{1,2}))?",
        r"(?P<d>\d{1,2})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)" + _SHORT,
        r"(?P<m>\d{1,2})(?P<s>[-/.])(?P<d>\d{1,2})(?P=s)" + _SHORT,
        r"(?P<m>\d{1,2})[-/.]" + _Y,
        _WEEKDAY + r"(?P<d>\d{1,2})[-/.\s]*" + _NAME + r"[-/,\s]*" + _SHORT,
        _WEEKDAY + _NAME + r"\s+(?P<d>\d{1,2}),?\s+" + _Y,
        _NAME + r"[-/,\s]*" + _Y,
        _NAME + r"[-/]" + _SHORT,
        _Y + r"[-/\s]*" + _NAME + r"(?:[-/\s]+(?P<d>\d{1,2}))?",
        _Y + r"[-/\s]*[Qq](?P<q>[1-4])",
        r"[Qq](?P<q>[1-4])[-/\s]*" + _Y,
        _Y + r"[Mm](?P<m>\d{1,2})",
        _Y + r"-?[Ww](?P<w>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    )
]
SCALES = (1, 10**3, 10**6, 10**9)  # of Unix time: seconds, milliseconds, microseconds, nanoseconds
YEARS = range(1500, 2201)


class Moment(NamedTuple):
    """Ordered by time; `day` and `clock` are those of the month and the day, in seconds."""

    seconds: float
    months: int
    day: int
    clock: float


def at(when: datetime) -> Moment:
    """That moment, in UTC where it names a zone."""
    if when.tzinfo is not None:
        when = when.astimezone(UTC).replace(tzinfo=None)
    clock = when.hour * 3600 + when.minute * 60 + when.second + when.microsecond / 1e6
    return Moment(when.toordinal() * 86400 + clock, when.year * 12 + when.month - 1, when.day, clock)


def seconds_of(cell: str) -> timedelta | None:
    """The time of a day, `10:30` or `10:30:15 PM`."""
    clock = _clock(cell)
    return None if clock is None else clock[0]


def _clock(cell: str) -> tuple[timedelta, timezone | None] | None:
    match = _CLOCK.fullmatch(cell.strip())
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    half, zone = (match[5] or "").lower(), match[6]
    if half:
        hour = hour % 12 + 12 * (half == "pm")
    if hour > 23 or minute > 59 or second > 59:
        return None
    offset = None
    if zone:
        digits = zone[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if zone[0] in "+-" else timedelta(0)
        offset = timezone(-shift if zone[0] == "-" else shift)
    fraction = float(f"0.{match[4]}") if match[4] else 0.0
    return timedelta(hours=hour, minutes=minute, seconds=second + fraction), offset


def _date(cell: str, form: re.Pattern[str]) -> Moment | None:
    match = form.fullmatch(cell.strip())
    if match is None:
        return None
    parts = match.groupdict()
    year, month, day = int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1)
    if len(parts["y"]) == 2:
        year += 1900 if year > 68 else 2000
    if parts.get("name") is not None:
        if parts["name"].lower()[:3] not in MONTHS:
            return None
        month = MONTHS.index(parts["name"].lower()[:3]) + 1
    if parts.get("q"):
        month = 3 * int(parts["q"]) - 2
    clock = _clock(parts["clock"]) if parts["clock"] else (timedelta(0), None)
    if clock is None:
        return None
    try:
        day_start = datetime.fromisocalendar(year, int(parts["w"]), 1) if parts.get("w") else datetime(year, month, day)
        return at((day_start + clock[0]).replace(tzinfo=clock[1]))
    except (ValueError, OverflowError):
        return None


def dates(cells: Sequence[str]) -> list[Moment | None]:
    """Each cell as a date, all in the form that most have; where a day may be a month, in the one in which they rise."""
    best: list[Moment | None] = [None] * len(cells)
    for form in FORMS:
        moments = [_date(cell, form) for cell in cells]
        gain = len(_without_gaps(moments)) - len(_without_gaps(best))
        if gain > 0 or (gain == 0 and rises(_without_gaps(moments)) and not rises(_without_gaps(best))):
            best = moments
    return best


def _without_gaps(moments: Sequence[Moment | None]) -> list[Moment]:
    return [moment for moment in moments if moment is not None]


def rises(moments: Sequence[Moment]) -> bool:
    """Strictly."""
    return all(earlier.seconds < later.seconds for earlier, later in pairwise(moments))


def whole(cells: Sequence[str]) -> list[int | None]:
    """Each cell as a whole number, `12` or `12.0`, exactly."""
    numbers = []
    for cell in cells:
        value = number(cell)
        text = cell.strip().partition(".")[0]
        numbers.append(None if value is None or value != int(value) else int(text) if text.isdigit() else int(value))
    return numbers


def _year(value: int) -> Moment | None:
    return at(datetime(value, 1, 1)) if value in YEARS else None


def _unix(scale: int) -> Callable[[int], Moment | None]:
    def read(value: int) -> Moment | None:
        inside = 10**8 * scale <= value < 5 * 10**9 * scale
        return at(datetime(1970, 1, 1) + timedelta(microseconds=value * 10**6 // scale)) if inside else None

    return read


NUMBERED: dict[str, Callable[[int], Moment | None]] = {
    "years": _year,
    "dates": lambda value: _date(str(value), FORMS[-1]) if value // 10000 in YEARS else None,
    **{"Unix time" + (f" x {scale:,}" if scale > 1 else ""): _unix(scale) for scale in SCALES},
}
"""How whole numbers may count time, and what each makes of one; None for a number that is none."""
