"""What a hidden Markov model counts in tagged sentences, and its smoothed start, end and transition probabilities.

    p(b | start) = (c(start, b) + l) / (sentences + l K)
    p(b | a)     = (c(a, b) + l) / (c(a) + l (K + 1)),   b a tag or the end

with additive smoothing l: the end of a sentence is one more thing that can follow a tag, so that a row of the matrix and the
end beside it add up to 1, and the probabilities of all sentences of all lengths do (Jurafsky and Martin, Speech and Language
Processing, chapter on sequence labelling). Words are counted by spelling, as they are.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.decoding.viterbi import Transitions


@dataclass(frozen=True)
class TagCounts:
    """How often: a tag begins a sentence, ends one, follows another; and each word under each tag."""

    start_K: Tensor
    end_K: Tensor
    matrix_KK: Tensor
    words: dict[str, list[int]]

    @classmethod
    def of(cls, sentences: Iterable[tuple[Sequence[str], Sequence[int]]], tags: int) -> "TagCounts":
        """Counts (words, tag ids) pairs. Raises ValueError for none, an empty one, and other numbers of tags than words."""
        start, end = [0] * tags, [0] * tags
        matrix = [[0] * tags for _ in range(tags)]
        words: dict[str, list[int]] = defaultdict(lambda: [0] * tags)
        for row, (spellings, tag_ids) in enumerate(sentences):
            check(row, spellings, tag_ids, tags=tags)
            start[tag_ids[0]] += 1
            end[tag_ids[-1]] += 1
            for before, after in itertools.pairwise(tag_ids):
                matrix[before][after] += 1
            for spelling, tag in zip(spellings, tag_ids, strict=True):
                words[spelling][tag] += 1
        if not words:
            raise ValueError("there is no sentence to count; give a hidden Markov model at least one tagged sentence.")
        start_K, end_K, matrix_KK = (torch.tensor(table, dtype=torch.float64) for table in (start, end, matrix))
        return cls(start_K, end_K, matrix_KK, dict(words))

    def transitions(self, smoothing: float) -> Transitions:
        """Natural logarithms, float64. `smoothing` above 0 makes possible what was never seen, so every sentence has tags."""
        tags = self.start_K.numel()
        start_K = (self.start_K + smoothing) / (self.start_K.sum() + smoothing * tags)
        follow_K = self.matrix_KK.sum(1) + self.end_K + smoothing * (tags + 1)
        matrix_KK = (self.matrix_KK + smoothing) / follow_K[:, None]
        return Transitions(start_K.log(), ((self.end_K + smoothing) / follow_K).log(), matrix_KK.log())


def check(row: int, spellings: Sequence[str], places: Sequence[int], *, tags: int) -> None:
    """Raises ValueError for a sentence that cannot be counted."""
    if not spellings or len(spellings) != len(places):
        raise ValueError(
            f"sentence {row} has {len(spellings)} words and {len(places)} tags; give one tag a word, at least one."
        )
    if min(places) < 0 or max(places) >= tags:
        raise ValueError(
            f"sentence {row} has tag {max(places, key=abs)}; allowed are 0 to {tags - 1}, the states of the model."
        )
