"""The class of an image that is read as a sequence (Le, Jaitly and Hinton 2015, arXiv:1504.00941, section 4.2).

`read=rows`: a step is a row of pixels, from the top; `read=pixels`: a step is one pixel, row after row, so that a 28 x 28 image
has 784 steps. `permuted`: the pixels of all images change places first, in one order that is the same for every run; what
lay side by side is then far apart.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from bench.data.classes.class_rows import ClassRows
from bench.data.classes.images import Images
from bench.errors import DataError

from .classification import Classification, Evaluation

READ = ("rows", "pixels")
PERMUTATION_SEED = 0  # of the one order that there is, not of a run


class ImageClassification(Classification):
    """The task over one data set of images."""

    known_as = "ImageRows"

    def __init__(self, *, data: Images, evaluation: Evaluation, read: str, permuted: bool) -> None:
        if read not in READ:
            raise DataError(f"task.read={read} is unknown: give {' or '.join(READ)}.")
        self.data = data
        rows = {
            split: ClassRows.of(list(_steps(pixels, read, permuted)), data.numbers[split])
            for split, pixels in data.pixels.items()
        }
        super().__init__(rows=rows, inputs=None, classes=data.classes, evaluation=evaluation)

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def shown(self, split: str) -> Sequence[str]:
        """Which image of the split it is, from 1."""
        return [f"image {index + 1} of {split}" for index in range(len(self.rows[split]))]


def order(pixels: int) -> Tensor:
    """The fixed permutation of so many pixels."""
    return torch.randperm(pixels, generator=torch.Generator().manual_seed(PERMUTATION_SEED))


def _steps(pixels_RHW: Tensor, reading: str, permuted: bool) -> Tensor:
    """[R, T, I]"""
    rows, height, width = pixels_RHW.shape
    flat_RP = pixels_RHW.flatten(1)
    if permuted:
        flat_RP = flat_RP[:, order(flat_RP.size(1))]
    return flat_RP.view(rows, height, width) if reading == "rows" else flat_RP.unsqueeze(2)
