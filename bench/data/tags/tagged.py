"""A data set of tagged sentences: raw, as numbers, and described for the record. Where it comes from: `bench.data.tags.conll`.

The tags are in the scheme that trains. What is unknown, cut or cannot be written is counted in `description["notes"]`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.sources.digests import digests
from bench.data.sources.filled import check_filled
from bench.data.sources.overlap import seen_in_training
from bench.data.sources.subsample import limited
from bench.data.tags.schemes import PLAIN, spans
from bench.data.tags.sentences import Sentence, TagIds
from bench.data.tags.tag_settings import TagSettings
from bench.data.tags.tag_text import TagText
from bench.word_vectors.vectors import with_vectors


class TaggedData:
    """`raw[split]` are the sentences, `ids[split]` the numbers of the same rows, `text` the vocabularies.

    `limit` keeps so many training sentences, evenly spaced. `about` is what the
    reader knows: source, revision, the scheme that was read, and notes for the record.
    """

    version = 1

    def __init__(
        self,
        *,
        name: str,
        splits: Mapping[str, Sequence[Sentence]],
        scheme: str,
        text: TagSettings,
        limit: int | None,
        about: Mapping[str, Any],
    ) -> None:
        check_filled(name, splits)
        self.name = name
        self.scheme = scheme
        self.raw = {split: list(sentences) for split, sentences in splits.items()}
        self.raw["train"] = limited(self.raw["train"], limit, "sentences")
        scored = [sentence for split, sentences in self.raw.items() if split != "train" for sentence in sentences]
        self.text = TagText.fit(self.raw["train"], scheme, text, scored=scored)
        self.ids: dict[str, TagIds] = {split: self.text.encode(sentences) for split, sentences in self.raw.items()}
        notes = [note for split in self.raw for note in _notes(split, self.raw[split], self.ids[split], self.text)]
        notes += seen_in_training({split: [tuple(row.words) for row in rows] for split, rows in self.raw.items()}, "sentences")
        notes += _vectors_notes(self.text)
        counted = {"words": self.text.word_count, "characters": self.text.character_count, "tags": len(self.text.tags)}
        self.description = {
            "name": name,
            "source": about["source"],
            "revision": about["revision"],
            **digests(partial(_digest, text=self.text), self.raw),
            "splits": {split: len(sentences) for split, sentences in self.raw.items()},
            "unit": "sentences",
            "notes": [*about["notes"], *notes],
            **({} if scheme == PLAIN else {"entities": {split: _spans(rows) for split, rows in self.raw.items()}}),
            "scheme": {"read": about["scheme"], "trained": scheme},
            "vocabulary": {**counted, "sha256": self.text.sha256},
        }


def _spans(sentences: Sequence[Sentence]) -> int:
    return sum(len(spans(row.tags)) for row in sentences)


def _notes(split: str, sentences: Sequence[Sentence], ids: TagIds, text: TagText) -> list[str]:
    """What of a split the net does not see as it is; nothing where that is nothing."""
    notes = []
    spellings = ids.words.flat
    numbers, beyond = ids.spellings.words_S[spellings], ids.spellings.beyond_S[spellings]
    if count := int((beyond > 0).sum()):
        listed = f"{count} of {len(numbers)} words of the {split} split are not in the vocabulary"
        notes.append(f"{listed} and were read by their vector, which nothing trains")
    if count := int(((numbers == UNKNOWN) & (beyond == 0)).sum()):
        notes.append(f"{count} of {len(numbers)} words of the {split} split are not in the vocabulary and were read as unknown")
    strange = sorted({tag for row in sentences for tag in row.tags} - set(text.tags))
    if strange:
        listed = ", ".join(strange[:8])
        notes.append(
            f"the {split} split has tags that training lacks: {listed}; they are missed, and are {text.tags[0]} to nats_per_tag"
        )
    most = text.settings.max_characters
    if most is not None and (long := sum(len(word) > most for row in sentences for word in row.words)):
        listed = (
            f"{long} of {len(numbers)} words of the {split} split have more than {most} characters (data.text.max_characters)"
        )
        notes.append(f"{listed}, of which the first and the last were read")
    return notes


def _vectors_notes(text: TagText) -> list[str]:
    """How much of the vocabulary the word vectors know."""
    if text.settings.vectors is None:
        return []
    file = Path(text.settings.vectors).name
    known, repeated = with_vectors(text.settings.vectors, [*text.words, *text.beyond])
    notes = [f"{len(known) - len(text.beyond)} of {len(text.words)} words of the vocabulary have a vector in {file}"]
    return notes + [f"{repeated} of their spellings stand in {file} more than once, where the first counts"] * bool(repeated)


def _digest(splits: Mapping[str, Sequence[Sentence]], text: TagText) -> str:
    """SHA-256 over all that the model sees: the rows in their order, the vocabularies and their settings."""
    content = hashlib.sha256()
    for split in sorted(splits):
        rows = json.dumps(splits[split]).encode()
        content.update(f"{split} {len(rows)}\n".encode() + rows)
    content.update(text.sha256.encode())
    return content.hexdigest()
