"""Lines that begin with the number of a word, as those of CoNLL-U do: which of them are words, and which are skipped.

    # text = ...    a comment
    1   Vamos       a word
    3-4 al          a range: words that are written as one, and stand below it one by one
    5.1 _           an empty node: a word that is not in the text

A file is read so where its word and its tag are not in the first column and its first line of columns has the number that a
sentence begins with: 1, 1-2 or 0.1. What is a comment in any other file, `bench.data.tags.column_text` says.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

COMMENT = "#"
FIRST = re.compile(r"1|1-[0-9]+|0\.[0-9]+")
KINDS = {
    "word": re.compile(r"[0-9]+"),
    "range": re.compile(r"[0-9]+-[0-9]+"),
    "empty": re.compile(r"[0-9]+\.[0-9]+"),
}
TOLD = {
    "comment": ("comment line", "comment lines", ""),
    "range": ("range of words", "ranges of words", " (3-4)"),
    "empty": ("empty node", "empty nodes", " (5.1)"),
}
"""How what is skipped is called: one of it, several, and how it looks."""
Line = tuple[int, str]
"""A line and its number, from 1."""


@dataclass(frozen=True)
class Unnumbered:
    """A line without a number in a file of numbered ones, and what it begins with."""

    line: int
    start: str


def first_columns(lines: Sequence[str], split: Callable[[str], list[str]]) -> list[str]:
    """The columns of the first line that is neither blank nor a comment; none where there is no such line."""
    return next((columns for line in lines if not line.startswith(COMMENT) and (columns := split(line))), [])


def is_numbered(first: Sequence[str]) -> bool:
    """Whether these columns, the first of a file, begin as a sentence of numbered words does."""
    return bool(first) and FIRST.fullmatch(first[0]) is not None


def words_of(lines: Sequence[Line], split: Callable[[str], list[str]]) -> tuple[list[Line], Counter[str]] | Unnumbered:
    """The lines of words and the blank ones, and how many of each kind of TOLD there are beside them.

    All lines, where there is nothing to skip; `Unnumbered` where there is, and some line has no number.
    """
    word_lines: list[Line] = []
    skipped: Counter[str] = Counter()
    strange: Unnumbered | None = None
    for number, line in lines:
        kind = "comment" if line.startswith(COMMENT) else _kind(columns := split(line))
        if kind is None:
            strange = strange or Unnumbered(number, columns[0])
        if kind in TOLD:
            skipped[kind] += 1
        else:
            word_lines.append((number, line))
    return strange if strange and skipped else (word_lines, skipped)


def _kind(columns: Sequence[str]) -> str | None:
    """The key of KINDS that a line has by its first column; None for a line without a number. A blank line is a word's."""
    return next((kind for kind, form in KINDS.items() if form.fullmatch(columns[0])), None) if columns else "word"


def skipped_note(split: str, skipped: Counter[str]) -> list[str]:
    """What of a split was skipped, in one sentence; none where that is nothing."""
    counts = [f"{count:,} {TOLD[kind][count > 1]}{TOLD[kind][2]}" for kind in TOLD if (count := skipped[kind])]
    if not counts:
        return []
    listed = counts[0] if len(counts) == 1 else f"{', '.join(counts[:-1])} and {counts[-1]}"
    return [f"{listed} of the {split} split {'was' if skipped.total() == 1 else 'were'} skipped"]
