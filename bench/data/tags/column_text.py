"""A column file as sentences: a word and its tag a line, a blank line between sentences.

Columns are separated by spaces and tabs, or by one separator that is given; then a word may hold spaces. Every line of a file
has as many columns as its first. `-DOCSTART-` lines separate documents and hold no word. A line ends in LF or CR LF. A file
whose first column numbers the words (CoNLL-U) is read by `bench.data.tags.numbered_lines`; if there are tabs in it, tabs
separate its columns.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.data.sources.lines import MARK, lines_of, other_ends
from bench.data.tags.given import Given
from bench.data.tags.numbered_lines import Line, Unnumbered, first_columns, is_numbered, skipped_note, words_of
from bench.data.tags.sentences import Sentence
from bench.errors import DataError
from bench.settings import Nested

LONG = 200  # words, which no sentence has
BLANKS = re.compile("[ \t]+")
DOCUMENT = "-DOCSTART-"
COMMENT = re.compile(r"#\s*[\w.:-]+ = ")


@dataclass(frozen=True)
class Layout(Nested):
    """Where a line has its word and its tag: columns from 0, or from -1 backwards. `separator`: null for any blanks."""

    separator: str | None
    word: int
    tag: int

    def __post_init__(self) -> None:
        if self.separator == "" or self.word == self.tag:
            raise DataError(
                f"data.columns.separator={self.separator!r}, word={self.word} and tag={self.tag} name no two columns: give "
                "null or a separator, and two different columns."
            )

    @property
    def least(self) -> int:
        """Columns that a line must have for the word and the tag to be two of them."""
        word, tag = (column + 1 if column >= 0 else -column for column in (self.word, self.tag))
        return word + tag if (self.word >= 0) != (self.tag >= 0) else max(word, tag)

    def split(self, line: str) -> list[str]:
        """The columns of a line; none of a blank one."""
        bare = line.strip(" \t")
        if not bare:
            return []
        return BLANKS.split(bare) if self.separator is None else [column.strip(" ") for column in line.split(self.separator)]

    def for_numbered(self, lines: Sequence[str]) -> "Layout | None":
        """How lines that begin with the number of a word are split; None where these do not.

        The first column is the number's, so neither the word's nor the tag's. Where any blanks separate and tabs give columns
        enough, tabs do: a word of CoNLL-U may hold spaces.
        """
        tabs = replace(self, separator="\t")
        for layout in [tabs, self] if self.separator is None else [self]:
            first = first_columns(lines, layout.split)
            if len(first) >= layout.least and is_numbered(first):
                return None if 0 in (self.word % len(first), self.tag % len(first)) else layout
        return None


def parse(name: str, split: str, source: tuple[str, str], layout: Layout) -> Given:
    """The sentences of a split, tags as they stand, from (what the file is called, its text).

    Raises DataError that names the file and the line.
    """
    file, text = source
    lines, layout, notes = _word_lines(name, split, source, layout)
    notes = [*other_ends({split: text}), *notes]
    sentences: list[Sentence] = []
    places: list[list[int]] = []
    words: list[tuple[int, str, str]] = []
    wide = 0
    for number, line in [*lines, (0, "")]:
        columns = layout.split(line)
        if not columns or line.startswith(DOCUMENT) or DOCUMENT in columns:
            if words:
                numbers, forms, tags = zip(*words, strict=True)
                sentences.append(Sentence(forms, tags))
                places.append(list(numbers))
                words = []
            continue
        wide = wide or max(len(columns), layout.least)
        label = f"data={name}: line {number} of {file}"
        if len(columns) != wide:
            expected = f"the lines before it have {wide}" if sentences or words else f"at least {wide} are needed"
            raise DataError(f"{label} has {_counted(len(columns))} where {expected} ({line[:40]!r}); {ADVICE}.")
        word, tag = columns[layout.word], columns[layout.tag]
        if not word:
            raise DataError(f"{label} has an empty word ({line[:40]!r}); {ADVICE}.")
        words.append((number, word, tag))
    if not sentences:
        raise DataError(f"data={name}: {file} has no sentence; give a file with a word and its tag a line.")
    notes += _understood(split, sentences, wide, layout)
    return Given(sentences, lambda row, column: f"data={name}: line {places[row][column]} of {file}", "data.columns.tag", notes)


def _understood(split: str, sentences: Sequence[Sentence], wide: int, layout: Layout) -> list[str]:
    """Which columns were read where there are others, and that nothing ends a sentence where nothing does."""
    notes, first = [], sentences[0]
    if split == "train" and wide > 2:
        columns = f"the word is in column {layout.word % wide + 1}, the tag in column {layout.tag % wide + 1}"
        notes.append(f"lines have {wide} columns: {columns}, such as {first.words[0]!r} and {first.tags[0]!r}")
    if len(sentences) == 1 and len(first.words) > LONG:
        notes.append(f"the {split} text has no blank line, so that all its {len(first.words):,} words are one sentence")
    return notes


def _word_lines(name: str, split: str, source: tuple[str, str], layout: Layout) -> tuple[list[Line], Layout, list[str]]:
    """The lines of words and the blank ones, how they are split, and a note of what was skipped."""
    file, text = source
    lines = [line.removeprefix(MARK) for line in lines_of(text)]
    by_number = list(enumerate(lines, 1))
    numbered = layout.for_numbered(lines)
    if numbered is None:
        word_lines = _without_comments(by_number, layout)
        return word_lines, layout, skipped_note(split, Counter(comment=len(lines) - len(word_lines)))
    parsed = words_of(by_number, numbered.split)
    if isinstance(parsed, Unnumbered):
        raise DataError(
            f"data={name}: line {parsed.line} of {file} begins with {parsed.start[:40]!r} where the number of a word should be "
            "(3, or 3-4, or 5.1), with which the file begins; correct the line."
        )
    word_lines, skipped = parsed
    return word_lines, numbered, skipped_note(split, skipped)


def _without_comments(lines: Sequence[Line], layout: Layout) -> list[Line]:
    """Without lines before a sentence that begin with # and are no words: `# key = value`, of fewer or more columns, or
    without a tab where the others have them."""
    rows = [(line, columns) for _, line in lines if not line.startswith("#") and (columns := layout.split(line))]
    first, wide = next(((line, len(columns)) for line, columns in rows if DOCUMENT not in columns), ("", 0))
    word_lines: list[Line] = []
    starts = True
    for number, line in lines:
        columns = layout.split(line)
        others = wide and (len(columns) != wide or ("\t" in first and "\t" not in line))
        if starts and line.startswith("#") and (COMMENT.match(line) or others):
            continue
        starts = not columns
        word_lines.append((number, line))
    return word_lines


ADVICE = "correct the line, or name the columns with data.columns.separator, data.columns.word and data.columns.tag"


def _counted(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"
