"""Word vectors from a text file: a word, then its numbers, separated by spaces, one word a line.

The format of GloVe (Pennington et al. 2014, doi 10.3115/v1/D14-1162); a first line of two integers, as word2vec and fastText
write it, is passed over. The first line of a word counts.

Lines are read one by one. Only those that are needed are read as numbers; of all others the width is checked. Bytes that are
no UTF-8 make a word that is never looked up.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from math import isfinite
from pathlib import Path

from bench.errors import Refusal

BLANK = re.compile(rb"[ \t]")


def read(path: str, words: Collection[bytes], size: int) -> dict[bytes, list[float]]:
    """The vectors of those `words` that have one. Raises Refusal for a file or a line that cannot be read."""
    vectors: dict[bytes, list[float]] = {}
    lines = 0
    try:
        for lines, line in _lines(path):
            if lines == 1 and size != 1 and _is_header(line):
                continue
            word, _, numbers = line.partition(b" ")
            if numbers.count(b" ") + 1 != size or not numbers:
                word, numbers = _uneven(line, size, f"net.vectors={path}, line {lines}")
            if word in words and word not in vectors:
                vectors[word] = _numbers(numbers, size, f"net.vectors={path}, line {lines}")
    except OSError as error:
        raise unreadable(path, error) from error
    if not lines:
        raise Refusal(f"net.vectors={path} is empty: give a text file of word vectors, or null for random ones.")
    return vectors


def spelled(path: str, words: Collection[bytes]) -> Counter[bytes]:
    """How many lines begin with each of `words` that has one, whatever its width; they have no blanks in them."""
    try:
        return Counter(word for _, line in _lines(path) if (word := BLANK.split(line, 1)[0]) in words)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str, error: OSError) -> Refusal:
    advice = "give a text file of word vectors, or null for random ones"
    return Refusal(f"net.vectors={path} cannot be read ({error.strerror}): {advice}.")


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield number, line.rstrip()


def _is_header(line: bytes) -> bool:
    fields = line.split()
    return len(fields) == 2 and all(field.isdigit() for field in fields)


def _uneven(line: bytes, size: int, location: str) -> tuple[bytes, bytes]:
    """(word, numbers) of a line that tabs or several spaces separate, or whose word has spaces in it; else ValueError."""
    fields = line.split()
    count = max(len(fields) - 1, 0)
    if count < size or (count > size and all(map(_is_number, fields[1:]))):
        raise Refusal(
            f"{location}: {count} numbers follow the word where net.embedding_size={size} are needed: give vectors of that "
            f"width, or set net.embedding_size to the width of the file."
        )
    return b" ".join(fields[:-size]), b" ".join(fields[-size:])


def _numbers(numbers: bytes, size: int, location: str) -> list[float]:
    fields = numbers.split(b" ")
    wrong = next((field for field in fields if not _is_number(field)), None)
    if wrong is not None:
        raise Refusal(
            f"{location}: {wrong.decode('utf-8', 'replace')!r} is no finite number: each line is to hold a word and {size} "
            "numbers, separated by spaces."
        )
    return [float(field) for field in fields]


def _is_number(field: bytes) -> bool:
    try:
        return isfinite(float(field))
    except ValueError:
        return False
