"""Strips of scanned digits with their number in words: `data=digit_strips`, which needs no file and no network.

The digits are those of `bench.data.sources.scanned_digits`, in its splits: every scan of the test is new, mostly its writer
too; the numbers are not. A strip puts scans of the digits of a number side by side, at the right end of a field of `digits` x
8 columns that is empty at its left; its vector is the field row by row, from 0 to 1. How many digits a number has is drawn
first, each count as often, then the number; none begins with 0 but 0.
"""

import torch
from torch import Tensor

from bench.data.batches.generated import RowCounts, generator
from bench.data.pairs.settings import CaptionSettings
from bench.data.sources.number_words import in_words
from bench.data.sources.scanned_digits import BRIGHTEST, scans
from bench.data.vectors.captions import CaptionData, Captioned
from bench.errors import DataError

SIDE, MOST_DIGITS = 8, 6


def digit_strips(
    *,
    name: str,
    folder: str | None,
    digits: int,
    rows: RowCounts,
    text: CaptionSettings,
    limit: int | None,
) -> CaptionData:
    """So many strips a split, of 1 to `digits` digits; always the same ones."""
    if not 1 <= digits <= MOST_DIGITS:
        raise DataError(f"data.digits={digits} is out of range: give a number from 1 to {MOST_DIGITS}.")
    scanned, revision = scans()
    splits = {split: _strips(*scanned[split], split, rows=count, digits=digits) for split, count in rows.by_split.items()}
    notes = [f"strips of 1 to {digits} scanned digits; no scan is in two splits, a number may be in all"]
    about = {"source": "offline", "revision": revision, "unit": "strips", "notes": notes}
    return CaptionData(name=name, splits=splits, text=text, limit=limit, about=about)


def _strips(scans_NHW: Tensor, labels_N: Tensor, split: str, *, rows: int, digits: int) -> Captioned:
    draw = generator("digit_strips", split, rows, digits)
    of_digit = [(labels_N == digit).nonzero().squeeze(1) for digit in range(10)]
    fields, references = torch.zeros(rows, SIDE, digits * SIDE), []
    for field in fields:
        length = _below(digits, draw) + 1
        lowest = 0 if length == 1 else 10 ** (length - 1)
        number = lowest + _below(10**length - lowest, draw)
        for index, digit in enumerate(reversed(str(number))):
            pool = of_digit[int(digit)]
            scan = scans_NHW[pool[_below(len(pool), draw)]] / BRIGHTEST
            right = (digits - index) * SIDE
            field[:, right - SIDE : right] = scan
        references.append([in_words(number)])
    return Captioned(fields.flatten(1), references)


def _below(limit: int, draw: torch.Generator) -> int:
    """A whole number from 0 to below the limit."""
    return int(torch.randint(limit, (), generator=draw))
