"""Changes of rows, before they are written: order, gaps, cells, and numbers written in other ways."""

from collections.abc import Callable
from random import Random

from fuzzing.change import OTHER, SAID, SAME, Change, always, dated, undated
from fuzzing.forms import Reader, Row, Rows


def of_one(change: Callable[[Random, list[Row]], list[Row]]) -> Callable[[Random, Rows], Rows]:
    """The change of a split's rows as that of all rows, one split being drawn."""

    def changed(rng: Random, rows: Rows) -> Rows:
        split = rng.choice(sorted(rows))
        return {**rows, split: change(rng, [list(row) for row in rows[split]])}

    return changed


def shuffled(rng: Random, rows: list[Row]) -> list[Row]:
    return rng.sample(rows, len(rows))


def doubled(rng: Random, rows: list[Row]) -> list[Row]:
    return [row for row in rows for _ in range(2 if rng.random() < 0.2 else 1)] + rows[-1:]


def lost(rng: Random, rows: list[Row]) -> list[Row]:
    return [row for index, row in enumerate(rows) if index in (0, len(rows) - 1) or rng.random() < 0.8]


def emptied(rng: Random, rows: list[Row]) -> list[Row]:
    row = rng.choice(rows)
    row[rng.randrange(len(row))] = ""
    return rows


def shortened(rng: Random, rows: list[Row]) -> list[Row]:
    rng.choice(rows).pop()
    return rows


def widened(rng: Random, rows: list[Row]) -> list[Row]:
    row = rng.choice(rows)
    row.append(row[-1])
    return rows


def huge(rng: Random, rows: list[Row]) -> list[Row]:
    row = rng.choice(rows)
    row[0] = "long " * 30_000 if rng.random() < 0.5 else "x" * 150_000
    return rows


def none_left(rng: Random, rows: list[Row]) -> list[Row]:
    return rows[: rng.randrange(2)]


def trained_on_too(rng: Random, rows: Rows) -> Rows | None:
    return {**rows, rng.choice(["validation", "test"]): [list(row) for row in rows["train"]]} if len(rows) == 3 else None


def headed(rng: Random, rows: Rows) -> Rows | None:
    """A line of headings in every file."""
    return {split: [["heading" for _ in part[0]], *part] for split, part in rows.items()}


def footed(rng: Random, rows: list[Row]) -> list[Row]:
    return [*rows, ["Total", *rows[-1][1:]]]


def written(cells: Callable[[str], str], *, share: float = 1.0) -> Callable[[Random, Rows], Rows]:
    """Numbers written in another way: those of the first column of numbers, all or a share."""

    def changed(rng: Random, rows: Rows) -> Rows:
        return {
            split: [[*row[:1], cells(row[1]) if rng.random() < share else row[1], *row[2:]] for row in part]
            for split, part in rows.items()
        }

    return changed


def always_this(value: str) -> Callable[[str], str]:
    return lambda cell: value


def times(factor: float) -> Callable[[str], str]:
    return lambda cell: repr(float(cell) * factor)


def one_number(value: str) -> Callable[[Random, Rows], Rows]:
    """A value of its own in one place."""

    def change(rng: Random, rows: list[Row]) -> list[Row]:
        rng.choice(rows)[1] = value
        return rows

    return of_one(change)


def numeric(reader: Reader) -> bool:
    return reader.format.values is not None and not reader.format.arrays


EQUAL_NUMBERS = {
    "exponent": lambda cell: f"{float(cell) * 1000:.10g}e-3",
    "capital exponent": lambda cell: f"{float(cell):E}" if float(f"{float(cell):E}") == float(cell) else cell,
    "plus": lambda cell: cell if cell.startswith("-") else f"+{cell}",
    "blanks around": lambda cell: f"  {cell} ",
    "zeros before": lambda cell: cell if cell.startswith("-") else f"00{cell}",
    "zeros after": lambda cell: f"{cell}000",
}


OTHER_NUMBERS = {
    "decimal comma, quoted": lambda cell: f'"{cell.replace(".", ",")}"',
    "thousands, quoted": lambda cell: f'"1,{cell}"',
    "currency": lambda cell: f"${cell}",
    "currency after": lambda cell: f"{cell} €",
    "percent": lambda cell: f"{cell}%",
    "unit": lambda cell: f"{cell} kg",
    "underscore": lambda cell: f"1_0{cell}",
    "full width": lambda cell: "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in cell),
    "arabic digits": lambda cell: "".join(chr(0x660 + int(sign)) if sign.isdigit() else sign for sign in cell),
    "minus sign": lambda cell: f"\u2212{cell.lstrip('-')}",
    "hexadecimal": lambda cell: hex(int(abs(float(cell)))),
    "true or false": lambda cell: "True",
    "parentheses": lambda cell: f"({cell})",
    "apostrophe": lambda cell: f"1'000{cell.lstrip('-')}",
    "narrow blank": lambda cell: f"1\u202f{cell.lstrip('-')}",
    "two points": lambda cell: f"1.{cell.lstrip('-')}",
    "fraction": lambda cell: "1/2",
}


NO_NUMBERS = [
    "",
    " ",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "NA",
    "N/A",
    "null",
    "None",
    "-",
    "?",
    "#REF!",
    "1e999",
    "0x1F",
    "1,5e3e",
    "--5",
    "5-",
    "1 2",
    "1..5",
    ".",
    "e5",
    "½",
    "²",
    "一",
]


EXTREME = [
    "1e308",
    "-1e308",
    "1e-320",
    "1e-400",
    "9007199254740993",
    "1e38",
    "3.5e38",
    "-0",
    "1e22",
    "123456789012345678901234567890",
    "1e150",
]


ROWS: list[Change[Rows]] = [
    Change("rows shuffled", SAID, of_one(shuffled), dated),
    Change("rows shuffled", OTHER, of_one(shuffled), undated),
    Change("rows reversed", SAID, of_one(lambda rng, rows: rows[::-1]), dated),
    Change("rows doubled", SAID, of_one(doubled), dated),
    Change("rows doubled", OTHER, of_one(doubled), undated),
    Change("rows lost", SAID, of_one(lost), dated),
    Change("rows lost", OTHER, of_one(lost), undated),
    Change(
        "training rows in another split",
        SAID,
        trained_on_too,
        lambda reader: reader.format.name not in ("text", "ts", "recordings"),
    ),
    Change("training rows in another split", OTHER, trained_on_too, lambda reader: reader.format.name == "text"),
    Change("a cell emptied", OTHER, of_one(emptied), always),
    Change("a row shorter", OTHER, of_one(shortened), always),
    Change("a row longer", OTHER, of_one(widened), always),
    Change("a huge field", OTHER, of_one(huge), always),
    Change("hardly a row", OTHER, of_one(none_left), always),
    Change(
        "headings", SAID, headed, lambda reader: reader.format.name in ("labelled", "series", "csv", "recordings", "ts", "tags")
    ),
    Change("a footer", SAID, of_one(footed), dated),
    *(Change(f"numbers: {name}", SAME, written(cells), numeric) for name, cells in EQUAL_NUMBERS.items()),
    *(Change(f"some numbers: {name}", SAME, written(cells, share=0.3), numeric) for name, cells in EQUAL_NUMBERS.items()),
    *(Change(f"numbers: {name}", SAID, written(cells), numeric) for name, cells in OTHER_NUMBERS.items()),
    *(Change(f"some numbers: {name}", SAID, written(cells, share=0.3), numeric) for name, cells in OTHER_NUMBERS.items()),
    *(Change(f"no number: {value!r}", SAID, one_number(value), numeric) for value in NO_NUMBERS),
    *(Change(f"extreme: {value}", OTHER, one_number(value), numeric) for value in EXTREME),
    *(Change(f"all extreme: {value}", OTHER, written(always_this(value)), numeric) for value in EXTREME),
    *(Change(f"times {factor}", OTHER, written(times(factor)), numeric) for factor in (1e300, 1e-300, 1e-30, 1e30)),
]
