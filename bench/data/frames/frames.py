"""Sequences of frames with one label each: every number of a frame standardised over all frames of the training split.

A label is a class (`rows`, `classes`), or text that was spoken (`bench.data.pairs.transcripts`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from bench.data.classes.class_names import number_classes
from bench.data.classes.class_rows import ClassRows
from bench.data.sources.digests import digests
from bench.data.sources.filled import check_filled
from bench.data.sources.scale import varies
from bench.errors import DataError

Sequences = dict[str, list[tuple[str, Tensor]]]  # by split: label, frames [T, I]


class Frames:
    """`labels[split]` and `frames[split]` are those of each row, the frames standardised; `shown[split]` its names."""

    version = 1
    since: ClassVar[Mapping[str, Any]] = {"normalise": "training"}

    def __init__(self, name: str, splits: Sequences, *, shown: Mapping[str, Sequence[str]], about: Mapping[str, Any]) -> None:
        self.name = name
        self.shown = shown
        self.labels = {split: [label for label, _ in rows] for split, rows in splits.items()}
        check_filled(name, self.labels)
        widths = {split: rows[0][1].size(1) for split, rows in splits.items() if rows}
        if len(set(widths.values())) > 1:
            listed = ", ".join(f"{width} in {split}" for split, width in widths.items())
            raise DataError(f"data={name}: the numbers of a frame differ, {listed}; give splits of one kind.")
        train_NI = torch.cat([frames_TI for _, frames_TI in splits["train"]]).double()
        mean_I, deviation_I = train_NI.mean(0), train_NI.std(0, correction=0)
        varying_I = varies(deviation_I, train_NI)
        if not bool(varying_I.all()):
            flat = int((~varying_I).nonzero()[0])
            raise DataError(
                f"data={name}: number {flat} of the frames is the same in all of training; leave it out, or give other "
                "sequences."
            )
        self.frames = {
            split: [((frames_TI.double() - mean_I) / deviation_I).float() for _, frames_TI in rows]
            for split, rows in splits.items()
        }
        self.width = len(mean_I)
        self._about = about

    @cached_property
    def _numbered(self) -> tuple[tuple[str, ...], dict[str, list[int]]]:
        return number_classes(self.name, self.labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of training in the order of their names. Raises DataError where another split has a label beside them."""
        return self._numbered[0]

    @cached_property
    def rows(self) -> dict[str, ClassRows]:
        """By split, each row with the number of its class."""
        return {split: ClassRows.of(frames, self._numbered[1][split]) for split, frames in self.frames.items()}

    @cached_property
    def description(self) -> dict[str, Any]:
        """The record's `data` where labels are classes."""
        return {**self.described(digests(partial(_digest, classes=self.classes), self.rows)), "classes": list(self.classes)}

    def described(self, content: Mapping[str, str]) -> dict[str, Any]:
        """The record's `data`, but for what the labels are. `content`: its digests."""
        return {
            "name": self.name,
            "source": self._about["source"],
            "revision": self._about["revision"],
            **content,
            "splits": {split: len(labels) for split, labels in self.labels.items()},
            "unit": "sequences",
            "notes": [f"a frame has {self.width} numbers, standardised over the frames of training", *self._about["notes"]],
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
