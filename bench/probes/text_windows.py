"""What a probe reads: windows of a text, evenly spread over its validation split."""

import torch
from torch import Tensor

from bench.data.text import TextData
from bench.task import DataError


def windows(task: object, *, rows: int, length: int) -> tuple[Tensor, Tensor]:
    """(inputs [rows, length], the token after each window [rows]) of the validation text. Raises DataError, one sentence."""
    data = getattr(task, "data", None)
    if not isinstance(data, TextData):
        raise DataError("this probe reads a text, which the task does not have: give task=char_lm.")
    ids = data.ids["validation"]
    if len(ids) <= length:
        raise DataError(f"the validation text has {len(ids)} tokens, fewer than one window of {length} and its target.")
    starts = torch.linspace(0, len(ids) - length - 1, rows).long()
    places_NT = starts[:, None] + torch.arange(length + 1)
    return ids[places_NT[:, :-1]], ids[places_NT[:, -1]]
