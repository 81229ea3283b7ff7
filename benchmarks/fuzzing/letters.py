"""Changes of a text, and of its bytes before it is packed: line ends, quotes, headings, edits, encodings."""

import codecs
from collections.abc import Callable
from random import Random

from fuzzing.change import OTHER, SAID, SAME, Change, always, has_names, laid_out, tabular


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
