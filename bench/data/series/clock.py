"""Columns that count time: dates in common forms, years, 20100101, Unix time, an index of rows. None of them is a value.

Dates are known by how they are written. Numbers count time where they can be nothing else: whole numbers that are all years,
dates or Unix times in even steps, the first column where it numbers the rows, or a column with a name such as `year`. The rows
of a series must rise strictly in time; steps that are missing are told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import gcd

from bench.data.series.times import NUMBERED, Moment, at, dates, rises, seconds_of, whole
from bench.data.sources.numbers import number
from bench.errors import DataError

INDEX_NAMES = {"", "index", "idx", "step", "unnamed: 0"}
TIME_NAMES = INDEX_NAMES | set(
    "t time times timestamp ts ds date dates datetime year years yr period unix epoch jahr datum zeit".split()  # noqa: SIM905
)
PARTS = (
    {"year", "yr", "yyyy", "jahr"},
    {"month", "mo", "mm", "monat"},
    {"day", "dd", "tag"},
    {"hour", "hh", "stunde"},
    {"minute", "min"},
)  # of a moment that several columns have together
DAY = 86400


@dataclass(frozen=True)
class Cells:
    """The rows of a table column by column; `lines` are those of the file; `file` what it is called in a message."""

    name: str
    file: str
    names: Sequence[str]
    columns: Sequence[Sequence[str]]
    lines: Sequence[int]


@dataclass(frozen=True)
class Clock:
    """One way of counting time: its columns, what it has in each row, None where it has nothing."""

    places: tuple[int, ...]
    kind: str  # dates, years, Unix time, an index
    moments: list[Moment | None]


def clocks(cells: Cells, free: Sequence[int]) -> list[Clock]:
    """Those among the `free` columns. Raises DataError where one does not rise from line to line."""
    counting = list(_candidates(cells, free))
    for clock in counting:
        _check(cells, clock)
    return counting


def told(cells: Cells, clock: Clock) -> str:
    """What the notes say of it: from when to when, in which steps, and how many are missing."""
    named = " and ".join(cells.names[index] or f"column {index}" for index in clock.places)
    first, last = (" ".join(cells.columns[index][row].strip() for index in clock.places) for row in (0, -1))
    count = "counts" if len(clock.places) == 1 else "count"
    return f"{named} {count} time ({clock.kind}, {first} to {last}) and no value; {_missing(cells, clock)}"


def _candidates(cells: Cells, free: Sequence[int]) -> Iterator[Clock]:
    used: set[int] = set()
    if (parts := _parts(cells, free)) is not None:
        used |= set(parts.places)
        yield parts
    hours = [index for index in free if index not in used and _all_hours(cells.columns[index])]
    for index in free:
        if index in used or index in hours:
            continue
        clock = _dated(cells, index) or _counted(cells, index)
        if clock is None:
            continue
        if hours and clock.kind == "dates" and all(moment is None or not moment.clock for moment in clock.moments):
            clock, hours = _joined(cells, clock, hours[0]), []
        used |= set(clock.places)
        yield clock
    if hours and not used:
        moments: list[Moment | None] = [_shifted(at(datetime(1, 1, 1)), cell) for cell in cells.columns[hours[0]]]
        yield Clock((hours[0],), "times of a day", moments)


def _parts(cells: Cells, free: Sequence[int]) -> Clock | None:
    """Year and month, and what is finer, in columns of their own."""
    named = {cells.names[index].strip().lower(): index for index in free}
    places = []
    for names in PARTS:
        index = next((named[name] for name in named if name in names), None)
        if index is None:
            break
        places.append(index)
    if len(places) < 2:
        return None
    columns = [whole(cells.columns[index]) for index in places]
    moments: list[Moment | None] = []
    for values in zip(*columns, strict=True):
        try:
            moments.append(at(datetime(*([*values, 1][:3] if len(values) < 3 else values))))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            moments.append(None)
    dated = sum(moment is not None for moment in moments)
    return Clock(tuple(places), "dates", moments) if 2 * dated > len(moments) else None


def _all_hours(column: Sequence[str]) -> bool:
    return sum(seconds_of(cell) is not None for cell in column) > len(column) / 2


def _dated(cells: Cells, index: int) -> Clock | None:
    column = cells.columns[index]
    if 2 * sum(number(cell) is not None for cell in column) > len(column):
        return None
    moments = dates(column)
    dated = sum(moment is not None for moment in moments)
    return Clock((index,), "dates", moments) if 2 * dated >= len(column) and dated else None


def _joined(cells: Cells, clock: Clock, hours: int) -> Clock:
    """Dates in one column and the times of the day in another."""
    column = cells.columns[hours]
    moments = [None if day is None else _shifted(day, cell) for day, cell in zip(clock.moments, column, strict=True)]
    return Clock((*clock.places, hours), "dates", moments)


def _shifted(day: Moment, cell: str) -> Moment | None:
    shift: timedelta | None = seconds_of(cell)
    if shift is None:
        return None
    return day._replace(seconds=day.seconds + shift.total_seconds(), clock=shift.total_seconds())


def _counted(cells: Cells, position: int) -> Clock | None:
    column, heading = cells.columns[position], cells.names[position].strip().lower()
    values = whole(column)
    filled = [value for value in values if value is not None]
    if 2 * len(filled) <= len(values) or (len(filled) < len(values) and heading not in TIME_NAMES and position):
        return _decimal(cells, position) if heading in TIME_NAMES else None
    named, once = heading in TIME_NAMES, len(set(filled)) == len(filled) >= 3
    for kind, moment_of in NUMBERED.items():
        moments = [None if value is None else moment_of(value) for value in values]
        if sum(moment is not None for moment in moments) == len(filled) and (named or (once and _even(filled, kind))):
            return Clock((position,), kind, moments)
    in_digits = position == 0 and once and all(cell.strip().isdigit() for cell in column if number(cell) is not None)
    numbers_rows = in_digits and sorted(filled) in (list(range(len(filled))), list(range(1, len(filled) + 1)))
    if numbers_rows or heading in INDEX_NAMES:
        index = [None if value is None else Moment(float(value), value, 1, 0.0) for value in values]
        return Clock((position,), "an index", index)
    return _decimal(cells, position) if named else None


def _even(values: Sequence[int], kind: str) -> bool:
    """Whether numbers without a name that tells so are a clock: they fill a grid."""
    ordered = sorted(values)
    steps = [later - earlier for earlier, later in pairwise(ordered)]
    if kind == "dates":
        return True
    if kind == "years":
        return max(steps) == min(steps)
    return gcd(*steps) >= min(steps) or gcd(*steps) % 3600 == 0


def _decimal(cells: Cells, index: int) -> Clock | None:
    """Numbers that have the name of a time, and rise as one does."""
    values = [number(cell) for cell in cells.columns[index]]
    moments = [Moment(value, 0, 1, 0.0) for value in values if value is not None]
    return Clock((index,), "numbers", list(moments)) if len(moments) == len(values) and rises(moments) else None


def _check(cells: Cells, clock: Clock) -> None:
    """Raises DataError unless each row has a time, later than that of the row before."""
    named = " and ".join(repr(cells.names[index]) for index in clock.places)
    many = "columns" if len(clock.places) > 1 else "column"
    advice = f"data.table.columns names the columns that are values, if {named} is one"

    def shown(row: int) -> str:
        return repr(" ".join(cells.columns[index][row].strip() for index in clock.places)[:40])

    moments: list[Moment] = []
    for row, moment in enumerate(clock.moments):
        if moment is None:
            raise DataError(
                f"data={cells.name}: line {cells.lines[row]} of {cells.file} has {shown(row)} in the {many} {named}, where the "
                f"other lines count time ({clock.kind}); correct the line, or leave it out."
            )
        moments.append(moment)
    if len(moments) > 2 and rises(moments[::-1]):
        raise DataError(
            f"data={cells.name}: the newest line of {cells.file} stands first ({shown(0)} in line {cells.lines[0]} of the "
            f"{many} {named}, {shown(-1)} in line {cells.lines[-1]}); reverse the lines, the oldest first; {advice}."
        )
    for row in range(1, len(moments)):
        if moments[row].seconds > moments[row - 1].seconds:
            continue
        order = "has the same time as" if moments[row].seconds == moments[row - 1].seconds else "is older than"
        raise DataError(
            f"data={cells.name}: line {cells.lines[row]} of {cells.file} ({shown(row)} in the {many} {named}) {order} line "
            f"{cells.lines[row - 1]} ({shown(row - 1)}); give one line a step, the oldest first; {advice}."
        )


def _missing(cells: Cells, clock: Clock) -> str:
    moments = [moment for moment in clock.moments if moment is not None]
    if len(moments) < 3:
        return "too few steps to miss any"
    step, gaps = _gaps(clock.kind, moments)
    lacking = sum(gaps.values())
    if not lacking:
        return f"{step}, none missing"
    row = next(iter(gaps))
    return f"{step}, {lacking:,} missing (the first after line {cells.lines[row]})"


def _gaps(kind: str, moments: Sequence[Moment]) -> tuple[str, Mapping[int, int]]:
    """What a step is, and by row how many are missing after it."""
    pairs = list(pairwise(moments))
    months = [later.months - earlier.months for earlier, later in pairs]
    if kind == "an index":
        return _of("a step of {}", [later.seconds - earlier.seconds for earlier, later in pairs], 1.0)
    if kind == "numbers":
        return _of("a step of {}", [round(later.seconds - earlier.seconds, 9) for earlier, later in pairs], 1.0)
    same = len({moment.clock for moment in moments}) == 1
    ends = all(moment.day >= 28 for moment in moments)
    if same and min(months) > 0 and (ends or len({moment.day for moment in moments}) == 1):
        return _of("a step of {} months", list(map(float, months)), 1.0)
    seconds = [later.seconds - earlier.seconds for earlier, later in pairs]
    weekdays = [int(moment.seconds // DAY) % 7 for moment in moments]  # day 1 of the calendar was a Monday: 0 is a Sunday
    if same and min(seconds) == DAY and len(moments) > 7 and not {0, 6} & set(weekdays):
        days = [int(moment.seconds // DAY) for moment in moments]
        gaps = {row: _working(days[row], days[row + 1]) for row in range(len(days) - 1)}
        return "a step of a working day", {row: gap for row, gap in gaps.items() if gap}
    unit, length = next(
        (unit, length)
        for unit, length in (("days", DAY), ("hours", 3600), ("minutes", 60), ("seconds", 1))
        if length == 1 or not Counter(seconds).most_common(1)[0][0] % length
    )
    return _of("a step of {} " + unit, seconds, float(length))


def _working(earlier: int, later: int) -> int:
    """How many days from Monday to Friday lie between two days."""
    return sum(day % 7 not in (0, 6) for day in range(earlier + 1, later))


def _of(step: str, lengths: Sequence[float], unit: float) -> tuple[str, Mapping[int, int]]:
    usual = Counter(lengths).most_common(1)[0][0]
    gaps = {row: round(length / usual) - 1 for row, length in enumerate(lengths) if length > 1.5 * usual}
    uneven = sum(length != usual * round(length / usual) for length in lengths)
    sentence = step.format(f"{usual / unit:g}").replace(" 1 months", " a month").replace(" 12 months", " a year")
    sentence = sentence.replace(" 1 days", " a day").replace(" 1 hours", " an hour").replace(" 1 minutes", " a minute")
    return sentence + (f" ({uneven:,} are of another length)" if uneven else ""), gaps
