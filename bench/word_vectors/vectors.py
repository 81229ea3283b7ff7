"""The vectors of a list of words, and an embedding that starts from them.

A word takes the vector of its own spelling, else that of its lower-cased one (Ma and Hovy 2016, arXiv:1603.01354, section 3.1
reads GloVe so); a word without either keeps the random numbers that it had.

What training rarely or never sees has its vector too, if the caller asks for it: see `bench.nets.parts.word_features`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from bench.errors import Refusal
from bench.word_vectors import text_file
from bench.word_vectors.packaged import PACKAGES


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


def read_vectors(source: str, words: Sequence[str], size: int) -> WordVectors:
    """The vectors of `words`, `size` numbers each, from a text file or a package (`PACKAGES`).

    Raises Refusal, one sentence, for what cannot be read.
    """
    cased, lower = _spellings(words)
    read = PACKAGES[source].read if source in PACKAGES else text_file.read
    vectors = read(source, {*cased, *lower}, size)
    keys = [spelling if spelling in vectors else lowercase for spelling, lowercase in zip(cased, lower, strict=True)]
    index = [row for row, key in enumerate(keys) if key in vectors]
    vectors_MI = torch.tensor([vectors[keys[row]] for row in index], device="cpu").view(-1, size)
    exact = sum(word in vectors for word in cased)
    coverage = Coverage(len(words), exact, len(index) - exact)
    return WordVectors(torch.tensor(index, dtype=torch.int64, device="cpu"), vectors_MI, coverage)


def check_common(source: str, words: Sequence[str], vectors: WordVectors) -> None:
    """Raises Refusal, one sentence, where no word of the vocabulary has a vector."""
    if words and not len(vectors.index_M):
        raise Refusal(
            f"net.vectors={source} has none of the {len(words)} words of the vocabulary, such as {words[0]!r}: give vectors "
            "of the data's language and spelling, or null for random ones."
        )


@torch.no_grad()
def fill(weight_VI: Tensor, vectors: WordVectors, first: int) -> None:
    """Puts the vectors into an embedding in which word i of the list is row i + `first`; other rows stay."""
    if not weight_VI.is_meta:
        weight_VI[vectors.index_M + first] = vectors.vectors_MI.to(weight_VI)


class Known(NamedTuple):
    """The words that have a vector, in their order, and how many spellings stand twice or more in the file."""

    words: list[str]
    repeated: int


def with_vectors(source: str, words: Sequence[str]) -> Known:
    """Those of `words` that have a vector."""
    cased, lower = _spellings(words)
    spelled = PACKAGES[source].spelled if source in PACKAGES else text_file.spelled
    counts = spelled(source, {*cased, *lower})
    known = [word for word, *spellings in zip(words, cased, lower, strict=True) if any(key in counts for key in spellings)]
    return Known(known, sum(count > 1 for count in counts.values()))


def files_of(source: str) -> list[Path]:
    """The files that `source` is read from."""
    return list(PACKAGES[source].files(source)) if source in PACKAGES else [Path(source)]


def _spellings(words: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
    return [_bytes(word) for word in words], [_bytes(word.lower()) for word in words]


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
