"""Plain text for word models: lines of words between white space, numbered. It is tokenised already, or is read as it stands.

`line_end` makes the end of each line a word that is predicted, as the protocols of the Penn Treebank and of WikiText have it
(an empty line is one such word). `unknown` is how the text writes words that it left out; a word that training lacks, or has
fewer than `min_frequency` times, is read as the same. Perplexities compare at one vocabulary alone: its size is in the notes.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial

from torch import Tensor

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.batches.word_vocabulary import WordVocabulary
from bench.data.sources.digests import digests
from bench.data.sources.filled import check_filled
from bench.data.sources.lines import lines_of
from bench.data.sources.looks import other_forms
from bench.data.sources.overlap import seen_in_training
from bench.data.sources.source import Origin, Raw, UserFiles
from bench.errors import DataError

ROW = "\x1e"  # between two rows of the hub, where a row may bring its line feed with it


class WordData:
    """Splits of a text as numbers. `ids[split]` is int64 [words of the split], the ends of lines among them."""

    version = 1

    def __init__(
        self,
        *,
        origin: Origin,
        unknown: str,
        line_end: bool,
        min_frequency: int,
        limit: int | None,
    ) -> None:
        if min_frequency < 1:
            raise DataError(f"data.min_frequency={min_frequency} is out of range: give a number of at least 1.")
        if limit is not None and limit < 1:
            raise DataError(f"data.limit={limit} is out of range: give null, or a number of training lines of at least 1.")
        raw = origin.read()
        lines = {split: _lines(raw, text) for split, text in raw.splits.items()}
        lines["train"] = lines["train"][:limit]
        self.name = name = origin.name
        self.vocabulary = WordVocabulary.of(lines["train"], unknown=unknown, line_end=line_end, min_frequency=min_frequency)
        self.ids: dict[str, Tensor] = {}
        notes = [_size(self.vocabulary, min_frequency), *raw.notes]
        notes += other_forms(raw.splits) if raw.source == "files" else []
        notes += seen_in_training({split: [line for line in rows if line.strip()] for split, rows in lines.items()}, "lines")
        for split, rows in lines.items():
            self.ids[split], outside = self.vocabulary.encode(rows)
            notes += _unknown(split, self.ids[split], outside, unknown)
        check_filled(name, self.ids)
        self.description = {
            "name": name,
            "source": raw.source,
            "revision": raw.revision,
            **digests(partial(_digest, vocabulary=self.vocabulary), self.ids),
            "splits": {split: len(ids) for split, ids in self.ids.items()},
            "unit": "words",
            "notes": notes,
        }


def files(
    *,
    user_files: UserFiles,
    unknown: str,
    line_end: bool,
    min_frequency: int,
    limit: int | None,
) -> WordData:
    """Any UTF-8 files, one a split; `test` may be missing."""
    origin = user_files.origin(
        advice="give data.train=FILE data.validation=FILE (and data.test=FILE), UTF-8 texts with white space between words."
    )
    return WordData(origin=origin, unknown=unknown, line_end=line_end, min_frequency=min_frequency, limit=limit)


def _lines(raw: Raw, text: str) -> list[str]:
    if raw.source == "hub":
        return [row.removesuffix("\n") for row in text.removesuffix(ROW).split(ROW)]
    return lines_of(text)


def _size(vocabulary: WordVocabulary, min_frequency: int) -> str:
    end = " and the end of a line" if vocabulary.line_end else ""
    rare = f"; rarer than {min_frequency} in training is unknown" if min_frequency > 1 else ""
    return f"the vocabulary has {len(vocabulary):,} words, the unknown one{end} among them{rare}"


def _unknown(split: str, ids: Tensor, outside: int, unknown: str) -> Sequence[str]:
    """How many words of a split are read as the unknown one: those that the text writes so, and those that are not listed."""
    marked = int((ids == UNKNOWN).sum()) - outside
    counted = {f"are written {unknown}": marked, "are not in the vocabulary and were read as unknown": outside}
    return [f"{count:,} of {len(ids):,} words of the {split} text {kind}" for kind, count in counted.items() if count]


def _digest(ids: Mapping[str, Tensor], vocabulary: WordVocabulary) -> str:
    """SHA-256 over all that the model sees: the numbers of each split, and what they stand for."""
    content = hashlib.sha256()
    for split in sorted(ids):
        numbers = ids[split].numpy().astype("<i8").tobytes()
        content.update(f"{split} {len(numbers)}\n".encode() + numbers)
    content.update(json.dumps([vocabulary.words, vocabulary.unknown, vocabulary.line_end]).encode())
    return content.hexdigest()
