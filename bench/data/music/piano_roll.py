"""A piano roll: which of the 88 keys of a piano, A0 to C8, sound in each frame of a piece.

A roll of 128 columns is of MIDI's pitches, of which the keys are 21 to 108.
"""

import numpy as np
import torch
from torch import Tensor

from bench.errors import DataError

KEYS = 88
LOWEST = 21  # the MIDI pitch of A0
PITCHES = 128
MOST_FRAMES = 1_000_000  # of a piece: days of music, so that a slip in a file does not ask for all memory
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def roll_of(label: str, values: np.ndarray) -> Tensor:
    """uint8 [T, 88] of a piece's numbers [T, 88], or [T, 128] of pitches. Raises DataError, one sentence."""
    if values.dtype.kind not in "biuf" or values.ndim != 2:
        raise DataError(
            f"{label} is of shape {values.shape} and type {values.dtype}; give numbers [T, {KEYS}], a row a frame and a column "
            "a key from A0 to C8."
        )
    if not np.isfinite(values).all():
        raise DataError(f"{label} has a number that is not finite (NaN or infinite); give 1 where a key sounds and else 0.")
    if strange := sorted(set(np.unique(values).tolist()) - {0, 1}):
        raise DataError(
            f"{label} has the number {strange[0]:g}; give 1 where a key sounds and else 0 (roll > 0 of velocities)."
        )
    roll_TK = _keys(label, values)
    if len(roll_TK) < 2:
        raise DataError(
            f"{label} has {len(roll_TK)} frame{'s' * (len(roll_TK) != 1)}, of which nothing can be predicted: leave the piece "
            "out, or give it at least two."
        )
    if not roll_TK.any():
        raise DataError(f"{label} has no note in any frame: leave the piece out.")
    return torch.from_numpy(np.ascontiguousarray(roll_TK.astype(np.uint8)))


def _keys(label: str, values: np.ndarray) -> np.ndarray:
    frames, width = values.shape
    if width == KEYS:
        return values
    if width != PITCHES:
        turned = f"; it seems to lie on its side, so transpose it ({width} frames)" if frames in (KEYS, PITCHES) else ""
        raise DataError(
            f"{label} has {width} columns, where {KEYS} keys (A0 to C8) or {PITCHES} MIDI pitches are read{turned}: give rolls "
            "of one of these widths."
        )
    outside = np.flatnonzero(values.any(0))
    outside = outside[(outside < LOWEST) | (outside >= LOWEST + KEYS)]
    if len(outside):
        raise out_of_range(label, int(outside[0]))
    return values[:, LOWEST : LOWEST + KEYS]


def out_of_range(label: str, pitch: int) -> DataError:
    """The refusal of a pitch that is no key of a piano."""
    return DataError(
        f"{label} has the MIDI pitch {pitch}, which is no key of a piano ({LOWEST} to {LOWEST + KEYS - 1}, A0 to C8): "
        "transpose the piece, or leave it out."
    )


def named(keys_K: Tensor) -> str:
    """The keys that sound in a frame, `C4 E4 G4`; `-` for silence."""
    pitches = [LOWEST + key for key in keys_K.nonzero().flatten().tolist()]
    return " ".join(f"{NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in pitches) or "-"
