"""Strips of scanned digits with their number in words: `data=digit_strips`, which needs no file and no network.

The digits are the 1,797 scans of the UCI set "Optical recognition of handwritten digits" that scikit-learn brings, 8 x 8 pixels
of 0 to 16. A strip puts scans of the digits of a number side by side, at the right end of a field of `digits` x 8 columns that
is empty at its left; its vector is the field row by row, from 0 to 1. How many digits a number has is drawn first, each
count as often, then the number; none begins with 0 but 0.

The split is by scan, in the order of the file, where neighbours are of one hand: the first two thirds train, the next sixth
validates, the last tests. So every scan of the test is new, most often its writer too; the numbers are not.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from bench.data.captions import CaptionData, Captioned
from bench.data.generated import generator
from bench.data.number_words import in_words
from bench.task import DataError

SIDE, BRIGHTEST, MOST_DIGITS = 8, 16, 6
SHARES = {"train": (0, 4 / 6), "validation": (4 / 6, 5 / 6), "test": (5 / 6, 1)}


def digit_strips(
    *,
    name: str,
    folder: str | None,
    digits: int,
    train: int,
    validation: int,
    test: int,
    text: Mapping[str, Any],
    limit: int | None,
) -> CaptionData:
    """So many strips a split, of 1 to `digits` digits; always the same ones."""
    if not 1 <= digits <= MOST_DIGITS:
        raise DataError(f"data.digits={digits} is out of range: give a number from 1 to {MOST_DIGITS}.")
    wanted = {"train": train, "validation": validation, "test": test}
    for key, value in wanted.items():
        if value < 1:
            raise DataError(f"data.{key}={value} is out of range: give a number of at least 1.")
    scans_NP, labels_N, revision = _scans()
    splits = {}
    for split, (start, stop) in SHARES.items():
        part = slice(round(start * len(labels_N)), round(stop * len(labels_N)))
        splits[split] = _strips(scans_NP[part], labels_N[part], split, rows=wanted[split], digits=digits)
    notes = [f"strips of 1 to {digits} scanned digits; no scan is in two splits, a number may be in all"]
    about = {"source": "offline", "revision": revision, "unit": "strips", "notes": notes}
    return CaptionData(name=name, splits=splits, text=text, limit=limit, about=about)


def _scans() -> tuple[Tensor, Tensor, str]:
    """(pixels [N, 64] from 0 to 1, the digit of each [N], where they are from)."""
    from importlib.metadata import version

    from sklearn.datasets import load_digits

    found = load_digits()
    scans_NP = torch.from_numpy(found.data).float() / BRIGHTEST
    return scans_NP, torch.from_numpy(found.target), f"digits of scikit-learn {version('scikit-learn')}"


def _strips(scans_NP: Tensor, labels_N: Tensor, split: str, *, rows: int, digits: int) -> Captioned:
    draw = generator("digit_strips", split, rows, digits)
    of_digit = [(labels_N == digit).nonzero().squeeze(1) for digit in range(10)]
    fields, references = torch.zeros(rows, SIDE, digits * SIDE), []
    for field in fields:
        length = _below(digits, draw) + 1
        lowest = 0 if length == 1 else 10 ** (length - 1)
        number = lowest + _below(10**length - lowest, draw)
        for place, digit in enumerate(reversed(str(number))):
            pool = of_digit[int(digit)]
            scan = scans_NP[pool[_below(len(pool), draw)]].view(SIDE, SIDE)
            right = (digits - place) * SIDE
            field[:, right - SIDE : right] = scan
        references.append([in_words(number)])
    return Captioned(fields.flatten(1), references)


def _below(limit: int, draw: torch.Generator) -> int:
    """A whole number from 0 to below the limit."""
    return int(torch.randint(limit, (), generator=draw))
