"""The words, characters and tags of a tagger and their numbers, from the training sentences alone.

Where the net starts from word vectors, words that only validation or test has are read by theirs, as in Lample et al. 2016
(arXiv:1603.01360) and Ma and Hovy 2016. Nothing trains them, so they stand beside the vocabulary, in no name and no weights:
trained weights read another test with the words that it has.

Word and character 0 is the unknown one: what training has not seen, or has seen too rarely, is read as it and counted. Tag 0
is O; after it stand all tags of the kinds that training has (`bench.data.tags.schemes.tags_of`), seen there or not. A tag of a
kind that training lacks cannot be written and is numbered as O; metrics compare the tags themselves, so it counts as missed.
Of plain tags there are those that training has, in alphabetical order, and any other is numbered as the first of them.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import torch

from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN, CharacterVocabulary
from bench.data.tags.capitalisation import shape
from bench.data.tags.schemes import OUTSIDE, PLAIN, parts, tags_of
from bench.data.tags.sentences import Sentence, Spellings, TagIds
from bench.data.tags.tag_settings import TagSettings
from bench.word_vectors.vectors import with_vectors

DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class TagText:
    """`words[i]` has the number i + 1, a character of `characters` its place + 1, `tags[i]` the number i.

    `beyond[i]`, a word that `words` lacks and that has a vector, has the number i + 1 of its own.
    """

    words: tuple[str, ...]
    characters: str
    tags: tuple[str, ...]
    scheme: str
    settings: TagSettings
    beyond: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls, sentences: Iterable[Sentence], scheme: str, settings: TagSettings, *, scored: Iterable[Sentence] = ()
    ) -> "TagText":
        """From training sentences: words by falling frequency, equals by code point; characters of all their words.

        `scored`: other sentences, whose words are those beyond if `settings.vectors` has them.
        """
        spellings: Counter[str] = Counter()
        tags_seen: set[str] = set()
        for sentence in sentences:
            spellings.update(sentence.words)
            tags_seen.update(sentence.tags)
        counts: Counter[str] = Counter()
        for word, count in spellings.items():
            counts[normal(word, settings)] += count
        listed = [word for word, count in counts.items() if count >= settings.min_frequency]
        words = tuple(sorted(listed, key=lambda word: (-counts[word], word)))
        kinds = {parts(tag)[1] for tag in tags_seen if tag != OUTSIDE}
        tags = tuple(sorted(tags_seen)) if scheme == PLAIN else tags_of(kinds, scheme)
        text = cls(words, CharacterVocabulary.of("".join(spellings)).characters, tags, scheme, settings)
        if settings.vectors is None:
            return text
        return replace(text, beyond=tuple(with_vectors(settings.vectors, text.unknown(scored)).words))

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "TagText":
        """From `plain()`."""
        words, tags, settings = tuple(plain["words"]), tuple(plain["tags"]), TagSettings(**plain["settings"])
        return cls(words, plain["characters"], tags, plain["scheme"], settings)

    def plain(self) -> dict[str, Any]:
        """Plain JSON that `of` rebuilds."""
        plain = {"words": list(self.words), "characters": self.characters, "tags": list(self.tags), "scheme": self.scheme}
        settings = asdict(self.settings)
        del settings["vectors"]  # it says nothing of these words
        return {**plain, "settings": settings}

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.plain(), sort_keys=True).encode()).hexdigest()

    @property
    def word_count(self) -> int:
        """Numbers of words, the unknown one among them: rows of an embedding."""
        return len(self.words) + 1

    @property
    def character_count(self) -> int:
        """Numbers of characters, the unknown one among them."""
        return len(self.characters) + 1

    @cached_property
    def word_numbers(self) -> dict[str, int]:
        return {word: index + 1 for index, word in enumerate(self.words)}

    @cached_property
    def beyond_numbers(self) -> dict[str, int]:
        return {word: index + 1 for index, word in enumerate(self.beyond)}

    @cached_property
    def tag_numbers(self) -> dict[str, int]:
        return {tag: index for index, tag in enumerate(self.tags)}

    def unknown(self, sentences: Iterable[Sentence]) -> list[str]:
        """The words of sentences that the vocabulary lacks, by code point."""
        read = {normal(word, self.settings) for sentence in sentences for word in sentence.words}
        return sorted(read - self.word_numbers.keys())

    def encode(self, sentences: Sequence[Sentence]) -> TagIds:
        """The numbers of sentences; also of such that nobody has tagged: give them any tag."""
        places: dict[str, int] = {}
        words = [[places.setdefault(word, len(places)) for word in sentence.words] for sentence in sentences]
        tags = [[self.tag_numbers.get(tag, 0) for tag in sentence.tags] for sentence in sentences]
        return TagIds(Ragged.of(words), Ragged.of(tags), self._spellings(list(places)))

    def _spellings(self, words: Sequence[str]) -> Spellings:
        normals = [normal(word, self.settings) for word in words]
        numbers = [self.word_numbers.get(word, UNKNOWN) for word in normals]
        beyond = [self.beyond_numbers.get(word, 0) for word in normals]
        shapes = [shape(word) for word in words]
        cuts = [cut(word, self.settings.max_characters) for word in words]
        lengths = torch.tensor([len(word) for word in cuts], dtype=torch.int64)
        characters = Ragged(CharacterVocabulary(self.characters).encode("".join(cuts))[0], lengths.cumsum(0) - lengths, lengths)
        return Spellings(torch.tensor(numbers), torch.tensor(beyond), torch.tensor(shapes), characters)

    def decode(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The tags of these numbers."""
        return tuple(self.tags[number] for number in numbers)


def normal(word: str, settings: TagSettings) -> str:
    """The word as the vocabulary lists it."""
    lower = word.lower() if settings.lowercase else word
    return DIGIT.sub("0", lower) if settings.zero_digits else lower


def cut(word: str, most: int | None) -> str:
    """The characters of a word that are read: of a longer one the first and the last, which endings are among."""
    if most is None or len(word) <= most:
        return word
    return word[: most - most // 2] + word[len(word) - most // 2 :]
