"""Frames with the text that was spoken: what an encoder-decoder learns to write down."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.frames.frames import Frames
from bench.data.pairs.pairs import PairBatch
from bench.data.pairs.settings import TextSettings
from bench.data.pairs.tokenisers import fit
from bench.data.pairs.tokens import END
from bench.data.sources.digests import digests
from bench.errors import DataError

LEVELS = ("characters", "words")


@dataclass(frozen=True)
class TranscriptIds:
    """A split: `steps_NI` the frames of all rows one after another, `source` each row's places in them. Targets end in END."""

    steps_NI: Tensor
    source: Ragged
    target: Ragged

    @classmethod
    def of(cls, frames: list[Tensor], targets: list[list[int]]) -> "TranscriptIds":
        lengths = torch.tensor([len(frames_TI) for frames_TI in frames])
        steps_NI = torch.cat(frames)
        source = Ragged(torch.arange(len(steps_NI)), lengths.cumsum(0) - lengths, lengths)
        return cls(steps_NI, source, Ragged.of([[*target, END] for target in targets]))

    def __len__(self) -> int:
        return len(self.source)

    def batch(self, rows: Tensor) -> PairBatch:
        """These rows (int64 [B], at least one) as a batch, in this order; its source is frames [B, S, I]."""
        frames_BSI, source_lengths_B = self.source.gathered(self.steps_NI, rows)
        target_BT, lengths_B = self.target.padded(rows)
        tokens = int(lengths_B.sum())
        return PairBatch(target_BT, lengths_B, rows, tokens, source_BS=frames_BSI, source_lengths_B=source_lengths_B)


class Transcripts:
    """`ids[split]` the numbers, `references[split]` the label of each row, `text` the tokeniser of its `level`."""

    def __init__(self, data: Frames, level: str) -> None:
        if level not in LEVELS:
            raise DataError(f"task.level={level} is unknown: give {' or '.join(LEVELS)}.")
        settings = TextSettings(
            level=level,
            target_level=None,
            lowercase=False,
            min_frequency=1,
            subwords=300,
            joint=False,
            unknown="unk",
            max_length=None,
        )
        ((self.text, _),) = fit([("en", data.labels["train"])], level, settings)
        self.references = {split: [[label] for label in labels] for split, labels in data.labels.items()}
        self.ids: dict[str, TranscriptIds] = {}
        notes = [f"the label of a sequence is written in {level}"]
        for split, labels in data.labels.items():
            targets = [self.text.encode(label) for label in labels]
            self.ids[split] = TranscriptIds.of(data.frames[split], targets)
            if split != "train" and any(self.text.spelled(label) != label for label in labels):
                notes.append(f"labels of the {split} split are compared as the tokeniser spells them")
            if unknown := sum(target.count(UNKNOWN) for target in targets):
                notes.append(f"{unknown} symbols of the {split} split are not in the vocabulary and were read as unknown")
        described = data.described(digests(self._digest, self.ids))
        self.description: dict[str, Any] = {**described, "notes": [*described["notes"], *notes]}

    def _digest(self, ids: Mapping[str, TranscriptIds]) -> str:
        """SHA-256 over all that the model sees."""
        references = {split: self.references[split] for split in ids}
        content = hashlib.sha256(json.dumps([self.text.plain(), references], sort_keys=True).encode())
        for split in sorted(ids):
            content.update(ids[split].source.lengths.numpy().astype("<i8").tobytes())
            content.update(ids[split].steps_NI.numpy().astype("<f4").tobytes())
        return content.hexdigest()
