"""Grey images with one class each: the scanned digits that scikit-learn brings, and MNIST by the hub.

Standardised by mean and variance of all pixels of the training images, one number each, so that rows and pixels are read alike.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from bench.data.classes.class_names import number_classes
from bench.data.sources.digests import digests
from bench.data.sources.hub_rows import from_hub
from bench.data.sources.scale import varies
from bench.data.sources.scanned_digits import NOTE, scans
from bench.data.sources.subsample import limited
from bench.errors import DataError

Labelled = Mapping[str, tuple[Sequence[str], Tensor]]  # by split: classes, images [R, height, width]


class Images:
    """`pixels[split]` float32 [R, height, width], standardised; `numbers[split]` the classes, `classes` their names."""

    version = 1

    def __init__(self, name: str, splits: Labelled, *, source: str, revision: str, notes: Sequence[str], limit: int | None):
        chosen = limited(range(len(splits["train"][0])), limit, "images")
        labels, raw = splits["train"]
        splits = {**splits, "train": ([labels[row] for row in chosen], raw[chosen])}
        self.name = name
        self.classes, self.numbers = number_classes(name, {split: named for split, (named, _) in splits.items()})
        train = splits["train"][1].double()
        mean, deviation = train.mean(), train.std(correction=0)
        if not bool(varies(deviation, train.flatten())):
            raise DataError(f"data={name}: all pixels of the training images are the same; give images with something on them.")
        self.pixels = {split: ((images.double() - mean) / deviation).float() for split, (_, images) in splits.items()}
        height, width = raw.shape[1:]
        self.description = {
            "name": name,
            "source": source,
            "revision": revision,
            **digests(partial(_digest, numbers=self.numbers, classes=self.classes), self.pixels),
            "splits": {split: len(images) for split, images in self.pixels.items()},
            "unit": "images",
            "notes": [f"images are {height} x {width} pixels, standardised by those of training", *notes],
            "classes": list(self.classes),
        }


def digits(*, name: str, folder: str | None, limit: int | None) -> Images:
    """The 1,797 scanned digits of `bench.data.sources.scanned_digits`, 8 x 8 pixels."""
    scanned, revision = scans()
    splits = {split: ([str(label) for label in labels.tolist()], images) for split, (images, labels) in scanned.items()}
    return Images(name, splits, source="offline", revision=revision, notes=[NOTE], limit=limit)


def from_the_hub(*, name: str, folder: str | None, hub: Mapping[str, Any], held_out: int, limit: int | None) -> Images:
    """Columns of images and labels; the last `held_out` training images validate."""
    rows = from_hub(name, hub, "image")
    if not 0 < held_out < len(rows["train"]):
        raise DataError(
            f"data.held_out={held_out} is out of range: give a number of training images from 1 to {len(rows['train']) - 1}."
        )
    parts = {"train": rows["train"][:-held_out], "validation": rows["train"][-held_out:], "test": rows["test"]}
    splits = {
        split: ([label for label, _ in part], _stacked(name, [image for _, image in part])) for split, part in parts.items()
    }
    notes = [f"the last {held_out:,} training images validate: there is no part for it"]
    return Images(name, splits, source="hub", revision=hub["revision"], notes=notes, limit=limit)


def _stacked(name: str, images: Sequence[Any]) -> Tensor:
    import numpy as np

    arrays = [np.asarray(image, dtype=np.float32) for image in images]
    if strange := [array.shape for array in arrays if array.ndim != 2 or array.shape != arrays[0].shape]:
        raise DataError(
            f"data={name}: an image is {' x '.join(map(str, strange[0]))} where the first is "
            f"{' x '.join(map(str, arrays[0].shape))}; give grey images of one size."
        )
    return torch.from_numpy(np.stack(arrays))


def _digest(pixels: Mapping[str, Tensor], numbers: Mapping[str, Sequence[int]], classes: Sequence[str]) -> str:
    """SHA-256 over all that the model sees."""
    shown = {split: numbers[split] for split in pixels}
    content = hashlib.sha256(json.dumps([classes, shown], sort_keys=True).encode())
    for split in sorted(pixels):
        content.update(f"{split} {list(pixels[split].shape)}\n".encode() + pixels[split].numpy().astype("<f4").tobytes())
    return content.hexdigest()
