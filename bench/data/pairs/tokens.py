"""Tokens and their numbers, from the training lines alone; the symbols that start and end a sequence.

Number 0 is the unknown token: what is not listed is read as it and counted, never dropped. START is what a decoder reads
first, END what it writes last; neither ever comes from text, whatever the text spells.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.data.batches.vocabulary import UNKNOWN

START = 1
END = 2
FIRST = 3  # the number of the first token that is text
MARKS = {START: "<s>", END: "</s>"}  # how the two look in a figure; they are not part of any text


@dataclass(frozen=True)
class TokenVocabulary:
    """`tokens[i]` has the number i + FIRST."""

    tokens: tuple[str, ...]

    @classmethod
    def of(cls, lines: Iterable[Sequence[str]], min_frequency: int) -> "TokenVocabulary":
        """The tokens that occur at least `min_frequency` times, the most frequent first, equals by code point."""
        counts: Counter[str] = Counter()
        for line in lines:
            counts.update(line)
        listed = [token for token, count in counts.items() if count >= min_frequency]
        return cls(tuple(sorted(listed, key=lambda token: (-counts[token], token))))

    def __len__(self) -> int:
        return len(self.tokens) + FIRST

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {token: index + FIRST for index, token in enumerate(self.tokens)}

    def encode(self, tokens: Iterable[str]) -> list[int]:
        number = self.numbers.get
        return [number(token, UNKNOWN) for token in tokens]

    def decode(self, ids: Iterable[int], *, unknown: str) -> list[str]:
        """Tokens of the numbers, `unknown` for the unknown one; START and END are no text and are left out."""
        return [self.tokens[i - FIRST] if i >= FIRST else unknown for i in ids if i not in MARKS]
