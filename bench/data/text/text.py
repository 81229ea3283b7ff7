"""Plain text for character models: read, split by position, numbered.

`format: text` takes the text as it is; `spaced_characters` undoes the layout of Mikolov's Penn Treebank character files
(symbols separated by spaces, a space written as `_`, the line end as end-of-sentence symbol). A text without a split of its
own is cut by position, the tail last: train | validation | test.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from bench.data.batches.vocabulary import CharacterVocabulary
from bench.data.sources.digests import digests
from bench.data.sources.filled import check_filled
from bench.data.sources.looks import other_forms
from bench.data.sources.source import Origin, Raw
from bench.errors import DataError
from bench.settings import Nested

FORMATS = ("text", "spaced_characters")


@dataclass(frozen=True)
class Shares(Nested):
    """Of a text that is one piece, the shares that validate and test."""

    validation: float
    test: float


class TextData:
    """Splits of a text as numbers. `ids[split]` is int64 [characters of the split]."""

    version = 1

    def __init__(
        self,
        *,
        origin: Origin,
        path: str | None,
        format: str,
        split: Shares | None,
        limit: int | None,
    ) -> None:
        self.name = name = origin.name
        if name == "text" and not path:
            raise DataError("data=text needs a file: give data.path=FILE, any UTF-8 text.")
        raw = origin.of_file(path, own="text").read()
        if format not in FORMATS:
            raise DataError(f"data.format={format} is unknown: give {' or '.join(FORMATS)}.")
        texts = {split: _joined(text) for split, text in raw.splits.items()} if _spaced(raw, format) else raw.splits
        if "all" in texts:
            texts = _cut(name, texts["all"], split)
        if limit is not None:
            texts["train"] = texts["train"][: _positive(limit)]
        check_filled(name, texts)
        self.vocabulary = CharacterVocabulary.of(texts["train"])
        self.ids: dict[str, Tensor] = {}
        self.unknown: dict[str, int] = {}
        for part, text in texts.items():
            self.ids[part], self.unknown[part] = self.vocabulary.encode(text)
        self.description = {
            "name": name,
            "source": raw.source,
            "revision": raw.revision,
            **digests(_digest, texts),
            "splits": {part: len(text) for part, text in texts.items()},
            "unit": "characters",
            "notes": [
                *raw.notes,
                *(other_forms(raw.splits) if raw.source == "files" else []),
                *_carriage_returns(texts),
                *(
                    f"{count} of {len(texts[part])} characters of the {part} text do not occur in training and were read as "
                    "one unknown symbol"
                    for part, count in self.unknown.items()
                    if count
                ),
            ],
        }


def _carriage_returns(texts: Mapping[str, str]) -> list[str]:
    """What is to be said of a text in which a line ends in two characters."""
    counts = {part: text.count("\r\n") for part, text in texts.items()}
    return [
        f"{count:,} lines of the {part} text end in a carriage return too, a character to be predicted"
        for part, count in counts.items()
        if count
    ]


def _spaced(raw: Raw, format: str) -> bool:
    """Only the files have that layout: on the hub lie the words."""
    return format == "spaced_characters" and raw.source == "files"


def _joined(text: str) -> str:
    lines = (line.strip() for line in text.split("\n"))
    return "".join(line.replace(" ", "").replace("_", " ") + "\n" for line in lines if line)


def _cut(name: str, text: str, split: Shares | None) -> dict[str, str]:
    if split is None:
        raise DataError(
            f"data={name}: give data.split.validation and data.split.test, the shares of the text that validate and test."
        )
    validation, test = split.validation, split.test
    if not (0 < validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise DataError(
            f"data.split.validation={validation} and data.split.test={test} are out of range: give the shares that validate "
            "and test, each from 0 to below 1, below 1 together, validation above 0."
        )
    if not text:
        raise DataError(f"data={name}: the text is empty; give a file with text in it.")
    start_validation = int(len(text) * (1 - validation - test))
    start_test = int(len(text) * (1 - test)) if test else len(text)
    splits = {"train": text[:start_validation], "validation": text[start_validation:start_test]}
    return {**splits, "test": text[start_test:]} if test else splits


def _positive(limit: int) -> int:
    if limit < 1:
        raise DataError(f"data.limit={limit} is out of range: give null, or a number of characters of at least 1.")
    return limit


def _digest(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for split in sorted(texts):
        content = texts[split].encode("utf-8", "surrogatepass")
        digest.update(f"{split} {len(content)}\n".encode() + content)
    return digest.hexdigest()
