"""What a token is: a word, a character, or a symbol between spaces. Lines into tokens and back.

Words with joiners (`bench.data.pairs.joined_words`) are written back as they were. Words without follow the Moses conventions
(Koehn et al. 2007) as the package `sacremoses` has them: punctuation apart from words, put back by `join` as the language
writes it, which no rule does without error. Characters are code points, and `join` gives the
line back byte for byte: no normalisation. Symbols are what lies between spaces, for text that is tokenised already and for
phonemes.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

from bench.data.pairs import joined_words

TWO_LETTERS = {"eng": "en", "fra": "fr", "deu": "de", "spa": "es", "ita": "it", "nld": "nl", "por": "pt", "ces": "cs"}


class Level(Protocol):
    def split(self, line: str) -> Sequence[str]: ...
    def join(self, tokens: Sequence[str]) -> str: ...


class Words:
    """Moses' words. A language that Moses has no rules for is split by the English ones."""

    def __init__(self, language: str) -> None:
        self.language = TWO_LETTERS.get(language, language)

    def split(self, line: str) -> Sequence[str]:
        tokens: list[str] = self._tokeniser.tokenize(line, escape=False)
        return tokens

    def join(self, tokens: Sequence[str]) -> str:
        line: str = self._detokeniser.detokenize(tokens, unescape=False)
        return line

    @cached_property
    def _tokeniser(self) -> Any:
        from sacremoses import MosesTokenizer  # type: ignore[import-untyped]

        return MosesTokenizer(self.language)

    @cached_property
    def _detokeniser(self) -> Any:
        from sacremoses import MosesDetokenizer  # type: ignore[import-untyped]

        return MosesDetokenizer(self.language)


class JoinedWords:
    """Words that say where no blank stands, alike in all languages."""

    def split(self, line: str) -> Sequence[str]:
        return joined_words.split(line)

    def join(self, tokens: Sequence[str]) -> str:
        return joined_words.join(tokens)


class Characters:
    """Code points."""

    def split(self, line: str) -> Sequence[str]:
        return line

    def join(self, tokens: Sequence[str]) -> str:
        return "".join(tokens)


class Symbols:
    """What lies between spaces; other white space is part of a symbol."""

    def split(self, line: str) -> Sequence[str]:
        return [symbol for symbol in line.split(" ") if symbol]

    def join(self, tokens: Sequence[str]) -> str:
        return " ".join(tokens)


def level_of(name: str, language: str, *, joiners: bool) -> Level:
    """The level that is called `name`; `joiners` is of words."""
    words = JoinedWords() if joiners else Words(language)
    levels: dict[str, Level] = {"words": words, "characters": Characters(), "symbols": Symbols()}
    return levels[name]
