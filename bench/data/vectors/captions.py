"""Vectors with their captions: raw, as numbers, as batches.

A training row is one caption with its vector. A row of validation or test is one vector with all its captions, and its target
is the first of them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.settings import CaptionSettings
from bench.data.pairs.targets import TargetBatch
from bench.data.pairs.tokenisers import fit
from bench.data.pairs.tokens import END
from bench.data.sources.digests import digests
from bench.data.sources.overlap import seen_in_training
from bench.data.sources.subsample import limited


class Captioned(NamedTuple):
    """A split: features [N, F] in float32, and of each vector its captions, at least one."""

    features_NF: Tensor
    references: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class CaptionBatch(TargetBatch):
    """Captions, and the vector that each is of."""

    features_BF: Tensor


@dataclass(frozen=True)
class CaptionIds:
    """A split as numbers; row r has the vector `features_NF[vector_R[r]]`. Batches are cut by the lengths of the captions."""

    features_NF: Tensor
    vector_R: Tensor
    target: Ragged

    @property
    def source(self) -> Ragged:
        return self.target

    def __len__(self) -> int:
        return len(self.target)

    def batch(self, rows: Tensor) -> CaptionBatch:
        """These rows (int64 [B], at least one) as a batch, in this order."""
        target_BT, lengths_B = self.target.padded(rows)
        features_BF = self.features_NF[self.vector_R[rows]]
        return CaptionBatch(target_BT, lengths_B, rows, int(lengths_B.sum()), features_BF=features_BF)


class CaptionData:
    """`references[split]` are the captions of each row, `ids[split]` the numbers, `text` the tokeniser.

    `width` is that of a vector. `limit` keeps so many training
    vectors, evenly spaced. `about`: source, revision, unit and notes for the record.
    """

    version = 1
    since: ClassVar[Mapping[str, Any]] = {"text": {"joiners": False}}

    def __init__(
        self,
        *,
        name: str,
        splits: Mapping[str, Captioned],
        text: CaptionSettings,
        limit: int | None,
        about: Mapping[str, Any],
    ) -> None:
        train = splits["train"]
        chosen = limited(range(len(train.references)), limit, "vectors")
        splits = {**splits, "train": Captioned(train.features_NF[chosen], [train.references[index] for index in chosen])}
        settings = text.of_one_side
        lines_read = [line for lines in splits["train"].references for line in lines]
        ((self.text, numbers),) = fit([("en", lines_read)], settings.level, settings)
        self.learns_unknown = any(UNKNOWN in row for row in numbers)
        self.name = name
        self.width = splits["train"].features_NF.size(1)
        self.references: dict[str, list[list[str]]] = {}
        self.ids: dict[str, CaptionIds] = {}
        vectors = {split: [row.numpy().tobytes() for row in part.features_NF] for split, part in splits.items()}
        notes = [*about["notes"], *seen_in_training(vectors, "vectors")]
        for split, part in splits.items():
            if split == "train":
                owners = [index for index, lines in enumerate(part.references) for _ in lines]
                self.references[split] = [[line] for line in lines_read]
            else:
                owners, numbers = list(range(len(part.references))), [self.text.encode(lines[0]) for lines in part.references]
                self.references[split] = part.references
            target = Ragged.of([[*row, END] for row in numbers])
            self.ids[split] = CaptionIds(part.features_NF, torch.tensor(owners), target)
            if split != "train" and any(self.text.spelled(line) != line for lines in part.references for line in lines):
                notes.append(f"captions of the {split} split are compared as the tokeniser spells them")
            if unknown := sum(row.count(UNKNOWN) for row in numbers):
                notes.append(f"{unknown} symbols of the {split} split are not in the vocabulary and were read as unknown")
        self.description = {
            "name": name,
            "source": about["source"],
            "revision": about["revision"],
            **digests(partial(_digest, text=self.text.plain()), splits),
            "splits": {split: len(ids) for split, ids in self.ids.items()},
            "unit": about["unit"],
            "notes": notes,
        }


def _digest(splits: Mapping[str, Captioned], text: Mapping[str, Any]) -> str:
    """SHA-256 over all that the model sees."""
    content = hashlib.sha256(json.dumps(text, sort_keys=True).encode())
    for split in sorted(splits):
        content.update(f"{split} {json.dumps(splits[split].references)}\n".encode())
        content.update(splits[split].features_NF.contiguous().numpy().tobytes())
    return content.hexdigest()
