"""Pieces of music by split, and batches of their frames: each is predicted from all frames before it.

The first frame of a piece is read and not predicted, so a piece of T frames has T - 1 predictions.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bench.data.batches.batch import Batch
from bench.data.batches.ragged import Ragged
from bench.data.music.piano_roll import KEYS
from bench.data.sources.digests import digests
from bench.data.sources.overlap import seen_in_training
from bench.data.sources.subsample import limited
from bench.errors import DataError

Rolls = Mapping[str, Sequence[tuple[str, Tensor]]]
"""By split: the name of a piece, and its roll, uint8 [T, 88]."""


@dataclass(frozen=True)
class FrameBatch(Batch):
    """`inputs_BT` and `targets_BT`: keys [B, T, K] as 0 and 1 in float32, the targets one frame ahead; zeros after the ends.

    `lengths_B`: how many frames of each row are predicted; None: all. `tokens` counts the predicted frames.
    """

    inputs_BT: Tensor
    targets_BT: Tensor
    lengths_B: Tensor | None
    tokens: int
    first: bool = True


class PieceRows:
    """Whole pieces as rows, or windows of at most so many predicted frames; `source` and `target` are the places of both."""

    def __init__(self, rolls: Sequence[Tensor], window: int | None) -> None:
        self.frames_NK = torch.cat(list(rolls))
        starts: list[int] = []
        lengths: list[int] = []
        begin = 0
        for roll_TK in rolls:
            predicted = len(roll_TK) - 1
            step = window or predicted
            starts += range(begin, begin + predicted, step)
            lengths += [min(step, predicted - at) for at in range(0, predicted, step)]
            begin += len(roll_TK)
        place_N = torch.arange(len(self.frames_NK))
        self.source = Ragged(place_N, torch.tensor(starts), torch.tensor(lengths))
        self.target = Ragged(place_N, self.source.starts + 1, self.source.lengths)

    def __len__(self) -> int:
        return len(self.source)

    def batch(self, rows: Tensor) -> FrameBatch:
        """These rows side by side; no lengths where all are equal."""
        inputs_BTK, lengths_B = self.source.gathered(self.frames_NK, rows)
        targets_BTK, _ = self.target.gathered(self.frames_NK, rows)
        full = bool((lengths_B == inputs_BTK.size(1)).all())
        return FrameBatch(inputs_BTK.float(), targets_BTK.float(), None if full else lengths_B, int(lengths_B.sum()))


class MusicData:
    """`rolls[split]` uint8 [T, 88] of each piece, `shown[split]` their names. `limit`: that many pieces train."""

    version = 1

    def __init__(self, name: str, splits: Rolls, *, about: Mapping[str, Any], limit: int | None) -> None:
        for split in ("train", "validation"):
            if not splits[split]:
                raise DataError(f"data={name}: the {split} split has no piece; give it at least one.")
        splits = {**splits, "train": limited(splits["train"], limit, "pieces")}
        self.name = name
        self.rolls = {split: [roll_TK for _, roll_TK in pieces] for split, pieces in splits.items()}
        self.shown = {split: [piece for piece, _ in pieces] for split, pieces in splits.items()}
        overlap = seen_in_training(
            {split: [roll_TK.numpy().tobytes() for roll_TK in rolls] for split, rolls in self.rolls.items()}, "pieces"
        )
        self.description = {
            "name": name,
            "source": about["source"],
            "revision": about["revision"],
            **digests(_digest, self.rolls),
            "splits": {split: len(rolls) for split, rolls in self.rolls.items()},
            "unit": "pieces",
            "notes": [*self._understood(), *about["notes"], *overlap],
        }

    def _understood(self) -> list[str]:
        frames = ", ".join(f"{sum(map(len, rolls)):,} in {split}" for split, rolls in self.rolls.items())
        every_NK = torch.cat([roll_TK for rolls in self.rolls.values() for roll_TK in rolls])
        sounding_N = every_NK.sum(1)
        silent = int((sounding_N == 0).sum())
        lengths = [len(roll_TK) for rolls in self.rolls.values() for roll_TK in rolls]
        return [
            f"a frame says which of {KEYS} keys sound, A0 to C8, {float(sounding_N.double().mean()):.2f} on average; {frames}; "
            f"pieces of {min(lengths):,} to {max(lengths):,} frames, of which the first is read and not predicted",
            *([f"{silent:,} frames are silent"] if silent else []),
        ]


def _digest(rolls: Mapping[str, Sequence[Tensor]]) -> str:
    """SHA-256 over all that the model sees."""
    content = hashlib.sha256()
    for split in sorted(rolls):
        for roll_TK in rolls[split]:
            content.update(f"{split} {list(roll_TK.shape)}\n".encode() + roll_TK.numpy().tobytes())
    return content.hexdigest()
