"""A column file as sentences: a word and its tag a line, a blank line between sentences.

Columns are separated by spaces and tabs, or by one separator that is given; then a word may hold spaces. Every line of a file
has as many columns as its first. `-DOCSTART-` lines separate documents and hold no word. A line ends in LF or CR LF.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.data.sources.lines import lines_of
from bench.data.sources.yaml_nodes import filled
from bench.data.tags.schemes import is_tag
from bench.data.tags.sentences import Sentence
from bench.errors import DataError

BLANKS = re.compile("[ \t]+")
DOCUMENT = "-DOCSTART-"


@dataclass(frozen=True)
class Layout:
    """Where a line has its word and its tag: columns from 0, or from -1 backwards. `separator`: null for any blanks."""

    separator: str | None
    word: int
    tag: int

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> "Layout":
        made = filled(cls, node, key="data.columns")
        if node["separator"] == "" or node["word"] == node["tag"]:
            raise DataError(
                f"data.columns.separator={node['separator']!r}, word={node['word']} and tag={node['tag']} name no two columns: "
                "give null or a separator, and two different columns."
            )
        return made

    @property
    def least(self) -> int:
        """Columns that a line must have for the word and the tag to be two of them."""
        word, tag = (place + 1 if place >= 0 else -place for place in (self.word, self.tag))
        return word + tag if (self.word >= 0) != (self.tag >= 0) else max(word, tag)

    def split(self, line: str) -> list[str]:
        """The columns of a line; none of a blank one."""
        bare = line.strip(" \t")
        if not bare:
            return []
        return BLANKS.split(bare) if self.separator is None else line.split(self.separator)


def parse(name: str, file: str, text: str, layout: Layout) -> list[Sentence]:
    """The sentences of `text`, tags as they stand. Raises DataError that names `file` and the line."""
    sentences: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    wide = 0
    for number, line in enumerate([*lines_of(text), ""], 1):
        columns = layout.split(line)
        if not columns or line.startswith(DOCUMENT) or DOCUMENT in columns:
            if words:
                sentences.append(Sentence(tuple(words), tuple(tags)))
                words, tags = [], []
            continue
        wide = wide or max(len(columns), layout.least)
        place = f"data={name}: line {number} of {file}"
        if len(columns) != wide:
            told = f"the lines before it have {wide}" if sentences or words else f"at least {wide} are needed"
            raise DataError(f"{place} has {_counted(len(columns))} where {told} ({line[:40]!r}); {ADVICE}.")
        word, tag = columns[layout.word], columns[layout.tag]
        if not word:
            raise DataError(f"{place} has an empty word ({line[:40]!r}); {ADVICE}.")
        if not is_tag(tag):
            raise DataError(
                f"{place} has {tag[:40]!r} where a tag should be: give O, or B-, I-, E- or S- and a kind (B-PER), or name the "
                "tag's column with data.columns.tag."
            )
        words.append(word)
        tags.append(tag)
    if not sentences:
        raise DataError(f"data={name}: {file} has no sentence; give a file with a word and its tag a line.")
    return sentences


ADVICE = "correct the line, or name the columns with data.columns.separator, data.columns.word and data.columns.tag"


def _counted(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"
