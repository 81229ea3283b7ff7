"""Sequences of frames with one class each: every number of a frame standardised over all frames of the training split."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from bench.data.class_names import number_classes
from bench.data.class_rows import ClassRows
from bench.task import DataError

Sequences = dict[str, list[tuple[str, Tensor]]]  # by split: class, frames [T, I]


class Frames:
    """`rows[split]` are standardised frames and classes, `shown[split]` how each row is called, `classes` the names."""

    def __init__(self, name: str, splits: Sequences, *, shown: Mapping[str, Sequence[str]], about: Mapping[str, Any]) -> None:
        self.name = name
        self.shown = shown
        self.classes, numbers = number_classes(name, {split: [one for one, _ in rows] for split, rows in splits.items()})
        train_NI = torch.cat([frames_TI for _, frames_TI in splits["train"]]).double()
        mean_I, deviation_I = train_NI.mean(0), train_NI.std(0, correction=0)
        if not bool((deviation_I > 0).all()):
            flat = int((deviation_I == 0).nonzero()[0])
            raise DataError(
                f"data={name}: number {flat} of the frames is the same in all of training; leave it out, or give other "
                "sequences."
            )
        self.rows = {
            split: ClassRows.of(
                [((frames_TI.double() - mean_I) / deviation_I).float() for _, frames_TI in rows], numbers[split]
            )
            for split, rows in splits.items()
        }
        self.description = {
            "name": name,
            "source": about["source"],
            "revision": about["revision"],
            "sha256": _digest(self.rows, self.classes),
            "splits": {split: len(rows) for split, rows in self.rows.items()},
            "unit": "sequences",
            "notes": [f"a frame has {len(mean_I)} numbers, standardised over the frames of training", *about["notes"]],
            "classes": list(self.classes),
        }


def _digest(rows: Mapping[str, ClassRows], classes: Sequence[str]) -> str:
    """SHA-256 over all that the model sees."""
    content = hashlib.sha256(json.dumps(classes).encode())
    for split in sorted(rows):
        content.update(
            f"{split} {list(rows[split].steps.shape)}\n".encode() + rows[split].steps.numpy().astype("<f4").tobytes()
        )
        for tensor in (rows[split].source.lengths, rows[split].target.flat):
            content.update(tensor.numpy().astype("<i8").tobytes())
    return content.hexdigest()
