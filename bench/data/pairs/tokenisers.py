"""Lines to numbers and back: over a list of words, characters or symbols, or over subwords.

A tokeniser is made from training lines alone, is plain JSON through `plain`, and is the same again through `restore`: a
checkpoint needs no data to read and write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.levels import Level, level_of
from bench.data.pairs.settings import TextSettings
from bench.data.pairs.subwords import Merges, learn
from bench.data.pairs.tokens import MARKS, TokenVocabulary


class Tokeniser(Protocol):
    """Numbers are from 0 to below len(tokeniser); see `bench.data.pairs.tokens` for the first three."""

    @property
    def lowercase(self) -> bool:
        """Whether it reads and writes small letters alone."""

    @property
    def unknown(self) -> str:
        """How the unknown token is called."""

    def __len__(self) -> int: ...

    def spelled(self, line: str) -> str:
        """The line as `decode` would write it if no token were unknown: what outputs are compared with."""

    def encode(self, line: str) -> list[int]:
        """Numbers of a line, without START and END."""

    def words(self, line: str) -> Sequence[str | None]:
        """The text of each token that `encode` numbers; None where a token alone is no word that could stand elsewhere."""

    def decode(self, ids: Sequence[int], instead: Sequence[str | None] = ()) -> str:
        """The line as a reader wants it: tokens joined; START and END are left out.

        `instead`: what is written for each unknown token, None for nothing; without it they are left out.
        """

    def names(self, ids: Sequence[int]) -> list[str]:
        """One label a number, START and END too: for figures."""

    def plain(self) -> dict[str, Any]:
        """What `restore` needs, as plain JSON."""


@dataclass(frozen=True)
class ListedTokeniser:
    """Tokens of a `level` (words, characters, symbols), listed."""

    level: str
    language: str
    lowercase: bool
    unknown: str
    vocabulary: TokenVocabulary
    joiners: bool = False

    @cached_property
    def _level(self) -> Level:
        return level_of(self.level, self.language, joiners=self.joiners)

    def __len__(self) -> int:
        return len(self.vocabulary)

    def spelled(self, line: str) -> str:
        return self._level.join(self._level.split(line.lower() if self.lowercase else line))

    def encode(self, line: str) -> list[int]:
        return self.vocabulary.encode(self._level.split(line.lower() if self.lowercase else line))

    def words(self, line: str) -> Sequence[str | None]:
        tokens = self._level.split(line.lower() if self.lowercase else line)
        return [None] * len(tokens) if self.level == "characters" else tokens

    def decode(self, ids: Sequence[int], instead: Sequence[str | None] = ()) -> str:
        words: list[str] = []
        unknown = iter(instead)
        for number in ids:
            if number != UNKNOWN:
                words += self.vocabulary.decode([number], unknown=self.unknown)
            elif (word := next(unknown, None)) is not None:
                words.append(word)
        return self._level.join(words)

    def names(self, ids: Sequence[int]) -> list[str]:
        return [MARKS[i] if i in MARKS else self.vocabulary.decode([i], unknown=self.unknown)[0] for i in ids]

    def plain(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "language": self.language,
            "lowercase": self.lowercase,
            "unknown": self.unknown,
            "tokens": list(self.vocabulary.tokens),
            **({"joiners": True} if self.joiners else {}),
        }


@dataclass(frozen=True)
class SubwordTokeniser:
    """Byte-level subwords: any text can be written, so nothing is unknown."""

    lowercase: bool
    unknown: str
    merges: Merges

    def __len__(self) -> int:
        return len(self.merges)

    def spelled(self, line: str) -> str:
        return line.lower() if self.lowercase else line

    def encode(self, line: str) -> list[int]:
        return self.merges.encode(line.lower() if self.lowercase else line)

    def words(self, line: str) -> Sequence[str | None]:
        return [None] * len(self.encode(line))

    def decode(self, ids: Sequence[int], instead: Sequence[str | None] = ()) -> str:
        return self.merges.decode(ids)

    def names(self, ids: Sequence[int]) -> list[str]:
        return [MARKS[i] if i in MARKS else self.merges.name(i, self.unknown) for i in ids]

    def plain(self) -> dict[str, Any]:
        return {"level": "subwords", "lowercase": self.lowercase, "unknown": self.unknown, **self.merges.plain()}


Side = tuple[str, Sequence[str]]  # the language of some training lines, and the lines
Numbered = tuple[Tokeniser, list[list[int]]]  # a tokeniser, and its numbers of those lines


def fit(sides: Sequence[Side], level: str, settings: TextSettings) -> list[Numbered]:
    """One tokeniser of `level` a side; they share one list of tokens, made from the lines of all sides."""
    if settings.lowercase:
        sides = [(language, [line.lower() for line in lines]) for language, lines in sides]
    if level == "subwords":
        every = (line for _, lines in sides for line in lines)
        merges = learn(every, size=settings.subwords, min_frequency=settings.min_frequency)
        shared = SubwordTokeniser(settings.lowercase, settings.unknown, merges)
        return [(shared, [merges.encode(line) for line in lines]) for _, lines in sides]
    joiners = settings.joiners and level == "words"
    split = [list(map(level_of(level, language, joiners=joiners).split, lines)) for language, lines in sides]
    vocabulary = TokenVocabulary.of((tokens for lines in split for tokens in lines), settings.min_frequency)
    return [
        (
            ListedTokeniser(level, language, settings.lowercase, settings.unknown, vocabulary, joiners),
            [vocabulary.encode(tokens) for tokens in lines],
        )
        for (language, _), lines in zip(sides, split, strict=True)
    ]


def restore(plain: Mapping[str, Any]) -> Tokeniser:
    """The tokeniser that `plain()` was taken from."""
    if plain["level"] == "subwords":
        return SubwordTokeniser(plain["lowercase"], plain["unknown"], Merges.of(plain))
    vocabulary = TokenVocabulary(tuple(plain["tokens"]))
    words = plain["level"], plain["language"], plain["lowercase"], plain["unknown"]
    return ListedTokeniser(*words, vocabulary, plain.get("joiners", False))
