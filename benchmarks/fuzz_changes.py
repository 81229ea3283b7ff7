"""What befalls files before a reader gets them: changes of rows, of text, of bytes, each with what a reader owes for it.

SAME: the file says what it said, so the reading is the clean one, or a note says the difference, or the file is refused.
SAID: the file cannot say what it said, so a note says it, or the file is refused.
OTHER: the file says something else, which may be read; it is never a fault of the suite's.
"""

import bz2
import codecs
import gzip
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any, Generic, TypeVar

import numpy as np
from fuzz_formats import Reader, Row, Rows, npz, wav

SAME, SAID, OTHER = "same", "said", "other"
T = TypeVar("T")


@dataclass(frozen=True)
class Change(Generic[T]):
    """`fits`: whether it means anything for files of this form."""

    name: str
    owes: str
    make: Callable[[Random, T], T | None]
    fits: Callable[[Reader], bool]


def always(reader: Reader) -> bool:
    return True


def laid_out(reader: Reader) -> bool:
    """Empty lines and blanks at the ends of lines are no content."""
    return not reader.format.verbatim


def dated(reader: Reader) -> bool:
    """Rows stand in the order of time, and say their time."""
    return reader.format.ordered and has_names(reader)


def undated(reader: Reader) -> bool:
    return not dated(reader)


def has_names(reader: Reader) -> bool:
    """Its first line names the columns."""
    return reader.format.heading and bool(reader.node.get("table", {"header": True})["header"])


def tabular(reader: Reader) -> bool:
    return reader.format.quoted


# rows


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
    return [row for place, row in enumerate(rows) if place in (0, len(rows) - 1) or rng.random() < 0.8]


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
    *(Change(f"all extreme: {value}", OTHER, written(lambda cell, value=value: value), numeric) for value in EXTREME),
    *(
        Change(f"times {factor}", OTHER, written(lambda cell, factor=factor: repr(float(cell) * factor)), numeric)
        for factor in (1e300, 1e-300, 1e-30, 1e30)
    ),
]


# text


def ends(end: str, share: float = 1.0) -> Callable[[Random, str], str]:
    """Another end of all lines, or of a share."""

    def changed(rng: Random, text: str) -> str:
        *lines, last = text.split("\n")
        return "".join(line + (end if rng.random() < share else "\n") for line in lines) + last

    return changed


def every_line(change: Callable[[str], str]) -> Callable[[Random, str], str]:
    return lambda rng, text: "\n".join(change(line) if line else line for line in text.split("\n"))


def quoted(line: str) -> str:
    return line if '"' in line else ",".join(f'"{cell}"' for cell in line.split(","))


def edited(rng: Random, text: str) -> str:
    """A few random edits."""
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(text) + 1)
        text = rng.choice(
            [
                text[:at] + text[at + rng.randint(1, 3) :],
                text[:at] + rng.choice("\"',;\t \n\r\x00\ufeff\u2028\x85#:-()0123456789eE+.%_\\<>") + text[at:],
                text[:at] + text[max(at - 20, 0) : at] + text[at:],
                text[:at] + text[at : at + 8][::-1] + text[at + 8 :],
            ]
        )
    return text


def cut(rng: Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


ENDS = {
    "carriage returns": "\r",
    "CR LF": "\r\n",
    "NEL": "\x85",
    "U+2028": "\u2028",
    "U+2029": "\u2029",
    "LF CR": "\n\r",
    "form feeds": "\x0c",
    "vertical tabs": "\x0b",
    "CR CR LF": "\r\r\n",
}
TEXTS: list[Change[str]] = [
    *(Change(f"line ends: {name}", SAME, ends(end), always) for name, end in ENDS.items()),
    *(Change(f"some line ends: {name}", SAME, ends(end, 0.4), always) for name, end in ENDS.items()),
    Change("a mark in the text", SAME, lambda rng, text: "\ufeff" + text, always),
    Change("no last line end", SAME, lambda rng, text: text.rstrip("\n"), laid_out),
    Change("empty lines at the end", SAME, lambda rng, text: text + "\n" * rng.randint(1, 3), laid_out),
    Change("empty lines at the start", SAME, lambda rng, text: "\n" * rng.randint(1, 3) + text, laid_out),
    Change("a line of blanks at the end", SAME, lambda rng, text: text + "   \n", laid_out),
    Change("blanks at ends of lines", SAME, every_line(lambda line: f"{line}  "), laid_out),
    Change(
        "blanks at starts of lines",
        SAME,
        every_line(lambda line: f"  {line}"),
        lambda reader: laid_out(reader) and not tabular(reader),
    ),
    Change("Ctrl-Z at the end", SAME, lambda rng, text: text + "\x1a", laid_out),
    Change("NUL at the end", SAME, lambda rng, text: text + "\x00" * 8, laid_out),
    Change("every cell quoted", SAME, every_line(quoted), tabular),
    Change("single quotes", SAME, every_line(lambda line: quoted(line).replace('"', "'")), tabular),
    Change("blanks after separators", SAME, every_line(lambda line: line.replace(",", ", ")), tabular),
    Change("semicolons", SAME, lambda rng, text: text.replace(",", ";"), tabular),
    Change("tabs", SAME, lambda rng, text: text.replace(",", "\t"), tabular),
    Change("bars", SAME, lambda rng, text: text.replace(",", "|"), tabular),
    Change("a separator at the end of lines", SAME, every_line(lambda line: f"{line},"), tabular),
    Change("a comment before", SAME, lambda rng, text: "# made by hand\n" + text, tabular),
    Change("sep=, before", SAME, lambda rng, text: "sep=,\n" + text, tabular),
    Change("no headings", SAID, lambda rng, text: text.partition("\n")[2], has_names),
    Change("headings twice", SAID, lambda rng, text: text.partition("\n")[0] + "\n" + text, has_names),
    Change("headings again in the middle", SAID, lambda rng, text: text + text, has_names),
    Change(
        "one heading for all",
        SAID,
        lambda rng, text: ",".join(["same"] * (text.partition("\n")[0].count(",") + 1)) + "\n" + text.partition("\n")[2],
        has_names,
    ),
    Change("edited", OTHER, edited, always),
    Change("cut", OTHER, cut, always),
    Change("empty", SAID, lambda rng, text: "", always),
    Change("line ends alone", OTHER, lambda rng, text: "\n" * rng.randint(1, 5), always),
    Change("blanks alone", OTHER, lambda rng, text: " \t ", always),
    Change("a mark alone", SAID, lambda rng, text: "\ufeff", always),
    Change("NULs alone", OTHER, lambda rng, text: "\x00" * 50, always),
    Change("one character", OTHER, lambda rng, text: rng.choice("a0\"'\n\r\t,;"), always),
    Change("one line of all", OTHER, lambda rng, text: text.replace("\n", " "), always),
    Change("tabs for blanks", OTHER, lambda rng, text: text.replace(" ", "\t"), always),
    Change("a quote opened", OTHER, lambda rng, text: text[:30] + '"' + text[30:], always),
]


# bytes


def flipped(rng: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def half(rng: Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def zipped(content: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", content)
    return packed.getvalue()


def encoded(name: str, mark: bytes = b"") -> Callable[[Random, bytes], bytes | None]:
    def changed(rng: Random, content: bytes) -> bytes | None:
        try:
            return mark + content.decode("utf-8").encode(name)
        except UnicodeError:
            return None

    return changed


ENCODINGS = {
    "UTF-8 with a mark": ("utf-8", codecs.BOM_UTF8),
    "UTF-16 with a mark": ("utf-16", b""),
    "UTF-16, big end first": ("utf-16-be", codecs.BOM_UTF16_BE),
    "UTF-16 without a mark": ("utf-16-le", b""),
    "UTF-16, big end first, without a mark": ("utf-16-be", b""),
    "UTF-32": ("utf-32", b""),
    "UTF-32 without a mark": ("utf-32-le", b""),
    "Latin-1": ("latin-1", b""),
    "Windows-1252": ("cp1252", b""),
    "CP 437": ("cp437", b""),
    "EBCDIC": ("cp500", b""),
}
TEXT_BYTES: list[Change[bytes]] = [
    *(Change(f"encoding: {name}", SAME, encoded(*how), always) for name, how in ENCODINGS.items()),
    Change("encoding: UTF-7", OTHER, encoded("utf-7"), always),
    Change("mark twice", SAME, lambda rng, content: 2 * codecs.BOM_UTF8 + content, always),
    Change(
        "a byte that is no UTF-8",
        SAID,
        lambda rng, content: content[:40] + bytes([rng.choice([0x80, 0xC0, 0xFF, 0xED])]) + content[40:],
        always,
    ),
    Change("a surrogate", SAID, lambda rng, content: content[:40] + b"\xed\xa0\x80" + content[40:], always),
]
"""Of a text before it is packed."""
BYTES: list[Change[bytes]] = [
    Change("bits flipped", OTHER, flipped, always),
    Change("cut", OTHER, half, always),
    Change("nothing", SAID, lambda rng, content: b"", always),
    Change("noise", SAID, lambda rng, content: rng.randbytes(rng.randint(1, 400)), always),
    Change("packed once more by gzip", SAME, lambda rng, content: gzip.compress(content), always),
    Change("packed by bzip2", SAME, lambda rng, content: bz2.compress(content), always),
    Change("packed by xz", SAME, lambda rng, content: lzma.compress(content), always),
    Change("packed by zip", SAME, lambda rng, content: zipped(content), always),
    Change("gzip, cut", SAID, lambda rng, content: gzip.compress(content)[: rng.randint(1, 60)], always),
    Change("junk after", OTHER, lambda rng, content: content + rng.randbytes(30), always),
]
PACKED: list[Change[bytes]] = [
    Change("gzip", SAME, lambda rng, content: gzip.compress(content), always),
    Change("gzip in two members", SAME, lambda rng, content: gzip.compress(content[:50]) + gzip.compress(content[50:]), always),
    Change("gzip, zeros after", SAME, lambda rng, content: gzip.compress(content) + b"\x00" * 20, always),
    Change("gzip, junk after", SAME, lambda rng, content: gzip.compress(content) + b"junk", always),
    Change("gzip, cut", SAID, lambda rng, content: gzip.compress(content)[: -rng.randint(1, 40)], always),
    Change("gzip, bits flipped", SAME, lambda rng, content: flipped(rng, gzip.compress(content)), always),
    Change("no gzip", SAME, lambda rng, content: content, always),
    Change("a zip", SAME, lambda rng, content: zipped(content), always),
]
"""Of a file that is then called .gz."""


# arrays and recordings


def arrays(change: Callable[[Random, dict[str, Any]], dict[str, Any]]) -> Callable[[Random, bytes], bytes]:
    """The change of the arrays of a .npz."""

    def changed(rng: Random, content: bytes) -> bytes:
        with np.load(BytesIO(content)) as file:
            return npz(**change(rng, {key: file[key] for key in file.files}))

    return changed


def cast(kind: str) -> Callable[[Random, dict[str, Any]], dict[str, Any]]:
    return lambda rng, found: {**found, "features": found["features"].astype(kind)}


def value(what: float) -> Callable[[Random, dict[str, Any]], dict[str, Any]]:
    def changed(rng: Random, found: dict[str, Any]) -> dict[str, Any]:
        features = found["features"].copy()
        features[rng.randrange(len(features)), rng.randrange(features.shape[1])] = what
        return {**found, "features": features}

    return changed


def shaped(change: Callable[[Any], Any], key: str = "features") -> Callable[[Random, dict[str, Any]], dict[str, Any]]:
    return lambda rng, found: {**found, key: change(found[key])}


ARRAYS: list[Change[bytes]] = [
    *(
        Change(f"features as {kind}", OTHER, arrays(cast(kind)), always)
        for kind in ("f2", "f4", ">f8", "i4", "u1", "?", "c16", "U9", "S9", "O", "g")
    ),
    *(Change(f"a feature {what}", SAID, arrays(value(what)), always) for what in (float("nan"), float("inf"), float("-inf"))),
    *(Change(f"a feature {what}", OTHER, arrays(value(what)), always) for what in (1e308, -1e300, 1e39, 1e-320)),
    Change("features transposed", SAID, arrays(shaped(lambda features: features.T)), always),
    Change("features flat", SAID, arrays(shaped(lambda features: features.ravel())), always),
    Change("features of no column", SAID, arrays(shaped(lambda features: features[:, :0])), always),
    Change("a number for features", SAID, arrays(shaped(lambda features: np.float64(3.0))), always),
    Change("four axes", SAID, arrays(shaped(lambda features: features[:, None, None])), always),
    Change("frames of one", SAME, arrays(shaped(lambda features: features[:, None])), always),
    Change("Fortran's order", SAME, arrays(shaped(np.asfortranarray)), always),
    Change("a row of features less", SAID, arrays(shaped(lambda features: features[1:])), always),
    Change("a column more", OTHER, arrays(shaped(lambda features: np.hstack([features, features[:, :1]]))), always),
    Change("captions as bytes", SAME, arrays(shaped(lambda captions: np.char.encode(captions, "utf-8"), "captions")), always),
    Change("captions as objects", SAME, arrays(shaped(lambda captions: captions.astype(object), "captions")), always),
    Change("captions as numbers", SAID, arrays(shaped(lambda captions: np.arange(len(captions)), "captions")), always),
    Change("captions in a column", SAME, arrays(shaped(lambda captions: captions[:, None], "captions")), always),
    Change("captions empty", SAID, arrays(shaped(lambda captions: np.array([""] * len(captions)), "captions")), always),
    Change("no captions", SAID, arrays(lambda rng, found: {"features": found["features"]}), always),
    Change("an array more", SAME, arrays(lambda rng, found: {**found, "other": np.arange(3)}), always),
    Change("lengths of 2 axes", SAID, arrays(lambda rng, found: {**found, "lengths": np.ones((2, 2))}), lambda reader: False),
]


def sounds(**how: Any) -> Callable[[Random, bytes], bytes]:
    """The samples of a recording in another form."""

    def changed(rng: Random, content: bytes) -> bytes:
        samples = np.frombuffer(content[44:], "<i2").astype(np.float64)
        scale = how.get("scale", 1.0)
        return wav(samples * scale, **{key: value for key, value in how.items() if key != "scale"})

    return changed


def header(rng: Random, content: bytes) -> bytes:
    """Wrong numbers in the header."""
    return flipped(rng, content[:44]) + content[44:]


def constant(value: float, form: str = "<i2") -> Callable[[Random, bytes], bytes]:
    return lambda rng, content: wav(np.full(1600, value), form=form)


SOUNDS: list[Change[bytes]] = [
    Change("wav in floats", OTHER, sounds(form="<f4", scale=1 / 32768), always),
    Change("wav in floats of 64 bits", OTHER, sounds(form="<f8", scale=1 / 32768), always),
    Change("wav in floats at the scale of integers", SAID, sounds(form="<f4"), always),
    Change("wav of 32 bits", SAME, sounds(form="<i4", scale=65536.0), always),
    Change("wav of 64 bits", OTHER, sounds(form="<i8", scale=65536.0), always),
    Change("wav of another rate", SAID, sounds(rate=16000), always),
    Change("wav of no rate", SAID, sounds(rate=0), always),
    Change("wav of a rate of 1", SAID, sounds(rate=1), always),
    Change("wav of a vast rate", SAID, sounds(rate=2**32 - 1), always),
    Change("silence", SAID, constant(0), always),
    Change("one level", OTHER, constant(9000), always),
    Change("full scale", OTHER, constant(32767), always),
    Change("samples that are no numbers", SAID, constant(float("nan"), "<f4"), always),
    Change("samples without end", SAID, constant(float("inf"), "<f4"), always),
    Change("no samples", SAID, lambda rng, content: wav([]), always),
    Change("one sample", OTHER, lambda rng, content: wav([5]), always),
    Change("a header flipped", OTHER, header, always),
    Change("cut", SAID, lambda rng, content: content[: rng.randrange(len(content) - 2)], always),
    Change("no wav", SAID, lambda rng, content: rng.randbytes(100), always),
]
