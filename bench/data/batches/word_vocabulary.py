"""Words and their numbers, from the training lines alone.

Number 0 is the unknown word: what is not listed is read as it and counted, never dropped. Where a text writes it already, as
`<unk>` say, that word is this one. Number 1 is the end of a line, in texts whose protocol predicts it; it never comes from a
word, whatever the text spells.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from bench.data.batches.vocabulary import UNKNOWN

END = 1


@dataclass(frozen=True)
class WordVocabulary:
    """`words[i]` has the number i + 2 with `line_end`, else i + 1; `unknown` is how the unknown word is written."""

    words: tuple[str, ...]
    unknown: str
    line_end: bool

    @classmethod
    def of(cls, lines: Iterable[str], *, unknown: str, line_end: bool, min_frequency: int) -> "WordVocabulary":
        """The words that occur at least `min_frequency` times, the most frequent first, equals by code point."""
        counts: Counter[str] = Counter()
        for line in lines:
            counts.update(line.split())
        del counts[unknown]
        listed = [word for word, count in counts.items() if count >= min_frequency]
        return cls(tuple(sorted(listed, key=lambda word: (-counts[word], word))), unknown, line_end)

    def __len__(self) -> int:
        return self._first + len(self.words)

    @property
    def _first(self) -> int:
        return END + 1 if self.line_end else END

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {self.unknown: UNKNOWN} | {word: index + self._first for index, word in enumerate(self.words)}

    def encode(self, lines: Iterable[str]) -> tuple[Tensor, int]:
        """Numbers of the words between white space as int64 [T], and how many of them neither list nor text know."""
        numbers, ids, outside = self.numbers, list[int](), 0
        for line in lines:
            words = line.split()
            outside += sum(word not in numbers for word in words)
            ids += [numbers.get(word, UNKNOWN) for word in words]
            ids += [END] * self.line_end
        return torch.tensor(ids, dtype=torch.int64), outside

    def prefix(self, text: str) -> Tensor:
        """Numbers of a text that goes on: its last line has no end."""
        numbers, _ = self.encode(text.split("\n"))
        return numbers[: len(numbers) - self.line_end]

    def decode(self, numbers: Sequence[int]) -> str:
        """The words with spaces between them, a line feed for the end of a line."""
        return re.sub(" ?\n ?", "\n", " ".join(self._word(number) for number in numbers))

    def _word(self, number: int) -> str:
        if number == UNKNOWN:
            return self.unknown
        return "\n" if number < self._first else self.words[number - self._first]
