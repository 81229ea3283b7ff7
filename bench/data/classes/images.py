"""Grey images with one class each: the scanned digits that scikit-learn brings, and MNIST from its files or the hub.

Standardised by mean and variance of all pixels of the training images, one number each, so that rows and pixels are read alike.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench.data.classes.class_names import number_classes
from bench.data.sources.digests import digests
from bench.data.sources.files import placed
from bench.data.sources.hub_rows import from_hub
from bench.data.sources.idx import read_idx
from bench.data.sources.scale import varies
from bench.data.sources.scanned_digits import NOTE, scans
from bench.data.sources.source import Origin
from bench.data.sources.subsample import limited
from bench.errors import DataError

Labelled = Mapping[str, tuple[Sequence[str], Tensor]]  # by split: classes, images [R, height, width]


class Images:
    """`pixels[split]` float32 [R, height, width], standardised; `numbers[split]` the classes, `classes` their names."""

    version = 1

    def __init__(
        self, name: str, splits: Labelled, *, source: str, revision: str | None, notes: Sequence[str], limit: int | None
    ):
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


def with_test(*, origin: Origin, held_out: int, limit: int | None) -> Images:
    """Images with a test split, from idx files or the hub; the last `held_out` training images validate.

    `places.files` has images and labels of both splits: train, train_labels, test, test_labels.
    """
    name, kind, places = origin.name, origin.kind, origin.places
    told: Sequence[str] = []
    if kind == "hub" and places.hub:
        rows, loaded = from_hub(name, places.hub, "image")
        revision, told = loaded.revision, loaded.notes
        splits = {
            split: ([label for label, _ in part], _stacked(name, [image for _, image in part])) for split, part in rows.items()
        }
    elif kind == "files" and places.files:
        files = {key: placed(path, origin.folder) for key, path in places.files.items()}
        splits = {split: _from_idx(name, files[split], files[f"{split}_labels"]) for split in ("train", "test")}
        revision = None
    else:
        raise DataError(f"data={name} cannot be read from data.places.kind={kind}: it has files and hub.")
    labels, images_RHW = splits["train"]
    if not 0 < held_out < len(labels):
        raise DataError(
            f"data.held_out={held_out} is out of range: give a number of training images from 1 to {len(labels) - 1}."
        )
    splits["validation"] = (labels[-held_out:], images_RHW[-held_out:])
    splits["train"] = (labels[:-held_out], images_RHW[:-held_out])
    notes = [*told, f"the last {held_out:,} training images validate: there is no part for it"]
    return Images(name, splits, source=kind, revision=revision, notes=notes, limit=limit)


def _from_idx(name: str, images: Path, labels: Path) -> tuple[list[str], Tensor]:
    pixels_RHW, numbers_R = read_idx(name, images, 3), read_idx(name, labels, 1)
    if len(pixels_RHW) != len(numbers_R):
        raise DataError(
            f"data={name}: {images} holds {len(pixels_RHW):,} images and {labels} {len(numbers_R):,} labels; give the two "
            "files of one split."
        )
    return [str(number) for number in numbers_R.tolist()], torch.from_numpy(pixels_RHW.astype("float32"))


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
