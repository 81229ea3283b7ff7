"""Lines of the standard library as tokens, their names tagged: `data=python_names`, which needs no file and no network.

A sentence is a logical line of a module: tokens without comments, strings shortened. What a name is, is taken from the syntax
tree of the whole module (`bench.data.tags.python_spans`), while a tagger sees the line alone. A neighbouring keyword does not
tell: most names follow an operator or an opening bracket; `x` of `f(x)` is a parameter behind `def` and a variable behind
`return`, however far that is; a function is told by the bracket after it, a parameter in a call by the equals sign after it.

Every line is distinct, and no line of one split is in another. The split is by module, so a part of the names in validation
and test is unseen.
"""

import ast
import platform
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from bench.data.sources.python_modules import MODULES, source, split_of, words_of
from bench.data.sources.subsample import spread
from bench.data.tags.python_spans import name_spans
from bench.data.tags.schemes import Span, written
from bench.data.tags.sentences import Sentence

LINES = 90  # of a module at most, evenly spaced
SHORTEST, LONGEST = 3, 60  # words of a line


def tagged_lines() -> tuple[dict[str, str], str]:
    """The splits as column text (word, tab, tag in IOB2), and the Python that they were taken from."""
    texts = {split: "\n\n".join(_column_text(row) for row in rows) + "\n" for split, rows in _splits().items()}
    return texts, f"standard library of Python {platform.python_version()}"


@cache
def _splits() -> dict[str, list[Sentence]]:
    splits: dict[str, list[Sentence]] = {"train": [], "validation": [], "test": []}
    earlier: set[tuple[str, ...]] = set()
    for split in ("test", "validation", "train"):
        for module in MODULES:
            if split_of(module) == split:
                rows = {row.words: row for row in sentences(source(module)) if row.words not in earlier}
                chosen = spread(list(rows.values()), LINES)
                earlier |= {row.words for row in chosen}
                splits[split] += chosen
    return splits


def sentences(text: str) -> Iterator[Sentence]:
    """The logical lines of a module that are not too short or too long, tagged in IOB2."""
    words = words_of(text)
    lines: dict[int, list[int]] = defaultdict(list)
    for number, word in enumerate(words):
        lines[word.line].append(number)
    names: dict[int, list[Span]] = defaultdict(list)
    for span in name_spans(ast.parse(text), words):
        names[words[span.start].line].append(span)
    for line, numbers in lines.items():
        if SHORTEST <= len(numbers) <= LONGEST:
            first = numbers[0]
            moved = [Span(kind, start - first, stop - first) for kind, start, stop in names[line]]
            yield Sentence(tuple(words[number].text for number in numbers), written(moved, len(numbers), "IOB2"))


def _column_text(sentence: Sentence) -> str:
    return "\n".join(f"{word}\t{tag}" for word, tag in zip(sentence.words, sentence.tags, strict=True))
