"""Texts with one class each, by files, hub or the running Python: raw, as numbers, and described for the record.

A text is read as it stands: its words are what white space separates. A word that training lacks, or has fewer than
`min_frequency` times, is read as the unknown one. Where a data set has no part to validate on, a tenth of the training texts
does (`bench.data.sources.hash_split`: the text itself decides, so that equal ones stay together).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.batches.word_vocabulary import WordVocabulary
from bench.data.classes.class_names import number_classes
from bench.data.classes.class_rows import ClassRows
from bench.data.classes.labelled_lines import Row, check_headers, parse
from bench.data.sources.digests import digests
from bench.data.sources.files import placed, read_text
from bench.data.sources.hash_split import split_of
from bench.data.sources.hub_rows import from_hub
from bench.data.sources.lines import other_ends
from bench.data.sources.overlap import seen_in_training
from bench.data.sources.source import Origin, UserFiles
from bench.data.sources.subsample import limited
from bench.errors import DataError
from bench.settings import Nested

UNKNOWN_WORD = "<unk>"


@dataclass(frozen=True)
class TextSettings(Nested):
    """`max_length`: words of a text that are read, its first ones; null for all."""

    lowercase: bool
    min_frequency: int
    max_length: int | None

    def __post_init__(self) -> None:
        for key, value in (("min_frequency", self.min_frequency), ("max_length", self.max_length)):
            if value is not None and value < 1:
                raise DataError(f"data.text.{key}={value} is out of range: give a number of at least 1.")

    def words(self, text: str) -> list[str]:
        return (text.lower() if self.lowercase else text).split()


class LabelledText:
    """`rows[split]` are numbers and classes, `shown[split]` the texts of the same rows, `classes` the names."""

    version = 1

    def __init__(
        self,
        *,
        origin: Origin,
        separator: str,
        encoding: str,
        classes: Mapping[str, str] | None,
        text: TextSettings,
        limit: int | None,
    ) -> None:
        self.name = name = origin.name
        splits, read_from, notes = _read(origin, separator=separator, encoding=encoding, classes=classes)
        if "validation" not in splits:
            splits = _held_out(splits)
            if not splits["validation"]:
                raise DataError(
                    f"data={name}: a tenth of the {len(splits['train'])} training texts would validate, and is none: give "
                    "data.validation=FILE, or more texts."
                )
            notes.append(f"a tenth of the training texts, {len(splits['validation']):,}, validates: there is no part for it")
        splits["train"] = limited(splits["train"], limit, "texts")
        self.settings = text
        self.shown = {split: [" ".join(content.split()) for _, content in rows] for split, rows in splits.items()}
        for split, shown in self.shown.items():
            if "" in shown:
                raise DataError(f"data={name}: row {shown.index('') + 1} of the {split} split has no word; leave it out.")
        notes += _quoted(self.shown) if read_from["source"] == "files" else []
        words = {split: [text.words(content) for content in texts] for split, texts in self.shown.items()}
        self.classes, numbers = number_classes(name, {split: [label for label, _ in rows] for split, rows in splits.items()})
        train = [" ".join(row) for row in words["train"]]
        self.vocabulary = WordVocabulary.of(train, unknown=UNKNOWN_WORD, line_end=False, min_frequency=text.min_frequency)
        self.rows: dict[str, ClassRows] = {}
        for split, texts in words.items():
            sequences, remarks = self._encoded(split, texts)
            self.rows[split] = ClassRows.of(sequences, numbers[split])
            notes += remarks
        notes += seen_in_training({split: list(map(tuple, rows)) for split, rows in words.items()}, "texts")
        self.description = {
            "name": name,
            **read_from,
            **digests(partial(_digest, classes=self.classes, vocabulary=self.vocabulary), self.rows),
            "splits": {split: len(rows) for split, rows in self.rows.items()},
            "unit": "texts",
            "notes": [f"the vocabulary has {len(self.vocabulary):,} words, the unknown one among them", *notes],
            "classes": list(self.classes),
        }

    def _encoded(self, split: str, texts: Sequence[Sequence[str]]) -> tuple[list[Tensor], list[str]]:
        """The numbers of each text, and what of them is not read as it is."""
        most = self.settings.max_length
        numbers = self.vocabulary.numbers
        sequences = [torch.tensor([numbers.get(word, UNKNOWN) for word in words[:most]]) for words in texts]
        total, unknown = sum(map(len, sequences)), sum(int((row == UNKNOWN).sum()) for row in sequences)
        notes = []
        if unknown:
            notes.append(f"{unknown:,} of {total:,} words of the {split} split are read as the unknown one")
        if most is not None and (long := sum(len(words) > most for words in texts)):
            notes.append(
                f"{long:,} texts of the {split} split have more than {most} words (data.text.max_length): the first are read"
            )
        return sequences, notes


def files(
    *,
    user_files: UserFiles,
    separator: str,
    encoding: str,
    text: TextSettings,
    limit: int | None,
) -> LabelledText:
    """Any files of lines, a label and a text each; `validation` and `test` may be missing."""
    origin = user_files.origin(
        needs=("train",),
        advice="give data.train=FILE (and data.validation=FILE, data.test=FILE), a label, tab and text a line.",
    )
    return LabelledText(origin=origin, separator=separator, encoding=encoding, classes=None, text=text, limit=limit)


def _read(
    origin: Origin, *, separator: str, encoding: str, classes: Mapping[str, str] | None
) -> tuple[dict[str, list[Row]], dict[str, str | None], list[str]]:
    """Rows by split, their source and its revision, and what is to be said of the files."""
    name, kind, places = origin.name, origin.kind, origin.places
    if kind == "hub" and places.hub:
        rows, loaded = from_hub(name, places.hub, "text")
        return rows, {"source": kind, "revision": loaded.revision}, list(loaded.notes)
    if kind == "files" and places.files:
        paths = {split: placed(path, origin.folder) for split, path in places.files.items()}
        texts = {split: (str(path), read_text(name, path, encoding)) for split, path in paths.items()}
        revision = None
    else:
        raw = origin.read()
        revision = raw.revision
        texts = {split: (f"the {split} text", content) for split, content in raw.splits.items()}
    rows = {split: parse(name, file, content, separator=separator, classes=classes) for split, (file, content) in texts.items()}
    if classes is None:
        check_headers(name, {split: (file, rows[split]) for split, (file, _) in texts.items()})
    contents = {split: content for split, (_, content) in texts.items()}
    return rows, {"source": kind, "revision": revision}, other_ends(contents) if kind == "files" else []


def _quoted(texts: Mapping[str, Sequence[str]]) -> list[str]:
    """What is to be said of texts that stand in quotes, as tables quote a cell."""
    counts = {split: sum(len(row) > 1 and row[0] == row[-1] == '"' for row in rows) for split, rows in texts.items()}
    return [
        f"{count:,} of {len(texts[split]):,} texts of the {split} split stand in quotation marks, which are read with them"
        for split, count in counts.items()
        if count
    ]


def _held_out(splits: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """With a tenth of the training rows as validation: equal texts stay together."""
    parts: dict[str, list[Row]] = {"train": [], "validation": [], **{s: rows for s, rows in splits.items() if s != "train"}}
    for row in splits["train"]:
        parts["train" if split_of(row[1]) == "train" else "validation"].append(row)
    return parts


def _digest(rows: Mapping[str, ClassRows], classes: Sequence[str], vocabulary: WordVocabulary) -> str:
    """SHA-256 over all that the model sees: numbers and classes of each split, and what they stand for."""
    content = hashlib.sha256(json.dumps([classes, vocabulary.words]).encode())
    for split in sorted(rows):
        for tensor in (rows[split].steps, rows[split].source.lengths, rows[split].target.flat):
            numbers = tensor.numpy().astype("<i8").tobytes()
            content.update(f"{split} {len(numbers)}\n".encode() + numbers)
    return content.hexdigest()
