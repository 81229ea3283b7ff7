"""Rows of unequal length in one rectangle: masks, the last valid step, and the reverse within a row's length.

A row b of a tensor x_BT... is valid at t < lengths_B[b]; what lies behind is padding and may be anything, nan included.
Masking is by selection, never by a product (0 * nan is nan), and so are its gradients.

Lengths lie on the host, wherever the rows do, as torch's `pack_padded_sequence` wants it too: how long a loop runs and how
many rows a product has are then known without waiting for the device. Lengths on a device are right too, and waited for.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def beside(numbers: Tensor, other: Tensor) -> Tensor:
    """`numbers` on the device of `other`; what comes from the host is not waited for."""
    return numbers.to(
        other.device, non_blocking=numbers.device.type == "cpu"
    )  # the other way it could be read before it is there


def valid_mask(lengths_B: Tensor, rows_BT: Tensor) -> Tensor:
    """Booleans valid_BT for whatever has B and T as its first axes, on its device."""
    return torch.arange(rows_BT.size(1), device=rows_BT.device) < beside(lengths_B, rows_BT).unsqueeze(1)


def valid_steps(x_BTI: Tensor, lengths_B: Tensor) -> Tensor:
    """x_MI: the valid steps of all rows behind one another, whatever axes follow B and T."""
    valid_BT = torch.arange(x_BTI.size(1)) < lengths_B.cpu().unsqueeze(1)
    return x_BTI.flatten(0, 1).index_select(0, beside(valid_BT.flatten().nonzero().squeeze(1), x_BTI))


def zero_padding(x_BTI: Tensor, valid_BT: Tensor) -> Tensor:
    """`x_BTI` with exact zeros in the padding; no gradient passes through it, in either direction."""
    return x_BTI.masked_fill(~valid_BT.unsqueeze(2), 0.0)


def without_padding(x_BTI: Tensor, lengths_B: Tensor | None) -> Tensor:
    """`x_BTI` with exact zeros in the padding, as it is where rows are full."""
    return x_BTI if lengths_B is None else zero_padding(x_BTI, valid_mask(lengths_B, x_BTI))


def last_valid(y_BTH: Tensor, lengths_B: Tensor, otherwise_BH: Tensor) -> Tensor:
    """The output of each row's last valid step, or its row of `otherwise_BH` (whose dtype is kept) at length 0."""
    lengths_B = beside(lengths_B, y_BTH)
    index_B1H = (lengths_B - 1).clamp(min=0).view(-1, 1, 1).expand(-1, 1, y_BTH.size(2))
    last_BH = y_BTH.gather(1, index_B1H).squeeze(1).to(otherwise_BH.dtype)
    return torch.where((lengths_B > 0).unsqueeze(1), last_BH, otherwise_BH)


def last_inputs(seen_BKI: Tensor, count: int, lengths_B: Tensor | None) -> Tensor:
    """The last `count` inputs of each row, oldest first; `seen_BKI` is `count` earlier ones, then T. None: rows are full."""
    if lengths_B is None:
        return seen_BKI[:, seen_BKI.size(1) - count :]
    last_BK = beside(lengths_B.unsqueeze(1) + torch.arange(count, device=lengths_B.device), seen_BKI)
    return seen_BKI.gather(1, last_BK.unsqueeze(2).expand(-1, -1, seen_BKI.size(2)))


def reverse_within(x_BTI: Tensor, lengths_B: Tensor | None) -> Tensor:
    """Each row's valid part backwards, its padding left where it is; its own inverse. None: every row is full."""
    if lengths_B is None:
        return x_BTI.flip(1)
    time_T = torch.arange(x_BTI.size(1), device=x_BTI.device)
    mirrored_BT = beside(lengths_B, x_BTI).unsqueeze(1) - 1 - time_T
    index_BT = torch.where(mirrored_BT >= 0, mirrored_BT, time_T)
    return x_BTI.gather(1, index_BT.unsqueeze(2).expand_as(x_BTI))


def scan_padded(
    scan_full: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], x_BTI: Tensor, h_BH: Tensor, lengths_B: Tensor | None
) -> tuple[Tensor, Tensor]:
    """A ragged scan from one that knows no lengths, for a cell whose whole state is its output h.

    It runs over the padding too, which costs less than packing, and takes each row's state from its last valid step.
    """
    if lengths_B is None:
        return scan_full(x_BTI, h_BH)
    valid_BT = valid_mask(lengths_B, x_BTI)
    y_BTH, _ = scan_full(zero_padding(x_BTI, valid_BT), h_BH)
    return zero_padding(y_BTH, valid_BT), last_valid(y_BTH, lengths_B, h_BH)
