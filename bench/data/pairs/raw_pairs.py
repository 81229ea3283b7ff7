"""Pairs of lines as text, and which of them training keeps.

A row is a source line with all its references. Validation and test keep every row, sources cut to `max_length` tokens.
Training leaves out the pairs of which a side is longer (a cut pair would teach to stop early) or empty.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pair_text import PairText
from bench.data.pairs.tokens import END
from bench.errors import DataError


@dataclass(frozen=True)
class RawPairs:
    """Rows of a split: source lines, and for each its references, at least one."""

    sources: list[str]
    references: list[list[str]]

    @classmethod
    def one_to_one(cls, sources: Sequence[str], targets: Sequence[str]) -> "RawPairs":
        return cls(list(sources), [[line] for line in targets])

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def targets(self) -> list[str]:
        """The first reference of each row."""
        return [lines[0] for lines in self.references]

    def pick(self, places: Sequence[int]) -> "RawPairs":
        return RawPairs([self.sources[i] for i in places], [self.references[i] for i in places])


@dataclass(frozen=True)
class Numbered:
    """Rows of a split with their numbers, and sentences about them for the record."""

    raw: RawPairs
    sources: list[list[int]]
    targets: list[list[int]]
    notes: list[str]


def for_training(name: str, rows: Numbered, text: PairText) -> Numbered:
    """The rows that train, sources and targets ended with END. Raises DataError when none is left."""
    total, most = len(rows.raw), text.max_length
    short = [i for i in range(total) if most is None or max(len(rows.sources[i]), len(rows.targets[i])) <= most]
    chosen = [i for i in short if rows.sources[i] and rows.targets[i]]
    if not chosen:
        raise DataError(f"data={name}: no training pair is left; give a larger data.text.max_length or other text.")
    notes = []
    if len(short) < total:
        remark = f"{total - len(short)} of {total} training pairs have a side of more than {most} tokens"
        notes.append(f"{remark} (data.text.max_length) and were left out of training")
    if len(chosen) < len(short):
        notes.append(f"{len(short) - len(chosen)} of {total} training pairs have an empty side and were left out of training")
    sources = [[*rows.sources[i], END] for i in chosen]
    targets = [[*rows.targets[i], END] for i in chosen]
    return Numbered(rows.raw.pick(chosen), sources, targets, [*notes, *unknown("train", sources, targets)])


def for_scoring(split: str, raw: RawPairs, text: PairText) -> Numbered:
    """Every row; sources cut and ended with END, targets whole and ended with END."""
    cut = [text.encode_source(line) for line in raw.sources]
    sources = [ids for ids, _ in cut]
    targets = [[*text.target.encode(line), END] for line in raw.targets]
    notes = []
    if lost := [count for _, count in cut if count]:
        notes.append(
            f"{len(lost)} of {len(raw)} source lines of the {split} split have more than {text.max_length} tokens "
            f"(data.text.max_length): {sum(lost)} tokens at their ends were not read"
        )
    if empty := sum(len(ids) == 1 for ids in sources):
        notes.append(f"{empty} of {len(raw)} source lines of the {split} split are empty: their outputs are empty lines")
    if empty := sum(len(ids) == 1 for ids in targets):
        notes.append(f"{empty} of {len(raw)} target lines of the {split} split are empty: only an empty output is right")
    return Numbered(raw, sources, targets, [*notes, *unknown(split, sources, targets)])


MANY = 0.2
FEW = 100
"""Of the tokens of a side, where there are more than a few: so many rare words have languages without blanks between words."""


def unknown(split: str, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[str]:
    """How many tokens are unknown, END not counted; nothing where none is."""
    counted, mostly = [], []
    for side, rows in (("source", sources), ("target", targets)):
        tokens = sum(map(len, rows)) - len(rows)
        if count := sum(row.count(UNKNOWN) for row in rows):
            counted.append(f"{count} of {tokens} {side} tokens")
        if split == "train" and count > MANY * tokens and tokens > FEW:
            mostly.append(f"{count / tokens:.0%} of the {side} tokens of training are unknown")
    notes = (
        [f"{' and '.join(counted)} of the {split} split are not in the vocabulary and were read as unknown"] if counted else []
    )
    return notes + [f"{share}: words fit texts with blanks between them; see data.text.level" for share in mostly]


def digest(splits: Mapping[str, RawPairs], text: PairText) -> str:
    """SHA-256 over all that the model sees: the rows in their order, the tokenisers, the cut."""
    content = hashlib.sha256()
    for split in sorted(splits):
        rows = json.dumps([splits[split].sources, splits[split].references]).encode()
        content.update(f"{split} {len(rows)}\n".encode() + rows)
    content.update(text.sha256.encode())
    return content.hexdigest()
