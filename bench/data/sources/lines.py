"""Lines of a text file, and files whose lines belong together.

A line ends at a line feed, or at a carriage return and a line feed; nothing else ends one (not U+2028, not a form feed), and
nothing else of the text is changed. A byte order mark at the start of a file is not text.
"""

from collections.abc import Mapping, Sequence

from bench.errors import DataError

MARK = "\ufeff"
"""Of byte order: no text at the start of a file, nor of a line where files were joined."""


def lines_of(text: str) -> list[str]:
    """The lines without their ends; a last line without an end counts, an empty piece after the last end does not."""
    lines = text.removeprefix(MARK).replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


ELSEWHERE = {
    "\x0b": "vertical tab",
    "\x0c": "form feed",
    "\x85": "next line (U+0085)",
    "\u2028": "line separator (U+2028)",
    "\u2029": "paragraph separator (U+2029)",
}
"""What ends a line in other programs, and how it is called."""


def other_ends(texts: Mapping[str, str]) -> list[str]:
    """A note for each split whose text has characters that end a line elsewhere, a lone carriage return among them."""
    notes = []
    for split, text in texts.items():
        counts = {"lone carriage return": text.count("\r") - text.count("\r\n")}
        counts |= {called: text.count(sign) for sign, called in ELSEWHERE.items()}
        listed = ", ".join(f"{called} {count:,} times" for called, count in counts.items() if count)
        if listed:
            notes.append(
                f"the {'' if split == 'all' else f'{split} '}text has signs that end a line elsewhere, not here: {listed}"
            )
    return notes


def check_aligned(name: str, split: str, sides: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Raises DataError unless both sides, each (its file or column, its lines), have as many lines."""
    (first, lines), (other, others) = sides
    if len(lines) == len(others):
        return
    shorter, longer = sorted(((len(lines), first), (len(others), other)))
    raise DataError(
        f"data={name}: the {split} files differ in length: {first} has {len(lines)} lines and {other} has {len(others)}, so "
        f"line {shorter[0] + 1} of {longer[1]} has no partner in {shorter[1]}; give files in which equal lines belong together."
    )
