"""Word vectors from a text file: a word, then its numbers, separated by spaces, one word a line.

The format of GloVe (Pennington et al. 2014, doi 10.3115/v1/D14-1162); a first line of two integers, as word2vec and fastText
write it, is passed over. The first line of a word counts. A word of the vocabulary takes the vector of its own spelling, else
that of its lower-cased one (Ma and Hovy 2016, arXiv:1603.01354, section 3.1 reads GloVe so); a word without either keeps
the random numbers that it had.

Only lines that are needed are read as numbers; of all others the width is checked. Bytes that are no UTF-8 make a word that
is never looked up.

This adds no word: what the vocabulary does not hold stays unknown, in the file or not.
"""

from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from bench.errors import Refusal


class Coverage(NamedTuple):
    """How many words of the vocabulary have a vector: by their own spelling, and by the lower-cased one alone."""

    words: int
    exact: int
    lower_cased: int


class WordVectors(NamedTuple):
    """Vectors of the words found: `index_M` their places in the list of words, `vectors_MI` float32."""

    index_M: Tensor
    vectors_MI: Tensor
    coverage: Coverage


def read_vectors(path: str, words: Sequence[str], size: int) -> WordVectors:
    """The vectors of `words`, `size` numbers each. Raises ValueError for a file or a line that cannot be read."""
    cased = [word.encode("utf-8", "surrogatepass") for word in words]
    lower = [word.lower().encode("utf-8", "surrogatepass") for word in words]
    vectors = _read_vectors(path, {*cased, *lower}, size)
    keys = [spelling if spelling in vectors else lowercase for spelling, lowercase in zip(cased, lower, strict=True)]
    index = [row for row, key in enumerate(keys) if key in vectors]
    vectors_MI = torch.tensor([vectors[keys[row]] for row in index], device="cpu").view(-1, size)
    exact = sum(word in vectors for word in cased)
    coverage = Coverage(len(words), exact, len(index) - exact)
    return WordVectors(torch.tensor(index, dtype=torch.int64, device="cpu"), vectors_MI, coverage)


@torch.no_grad()
def fill(weight_VI: Tensor, vectors: WordVectors, first: int) -> None:
    """Puts the vectors into an embedding in which word i of the list is row i + `first`; other rows stay."""
    if not weight_VI.is_meta:
        weight_VI[vectors.index_M + first] = vectors.vectors_MI.to(weight_VI)


def _read_vectors(path: str, words: set[bytes], size: int) -> dict[bytes, list[float]]:
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
        raise Refusal(
            f"net.vectors={path} cannot be read ({error.strerror}): give a text file of word vectors, or null for random ones."
        ) from error
    if not lines:
        raise Refusal(f"net.vectors={path} is empty: give a text file of word vectors, or null for random ones.")
    return vectors


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
