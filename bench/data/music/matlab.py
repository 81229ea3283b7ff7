"""The four sets of Boulanger-Lewandowski et al. 2012 (arXiv:1206.6392), as Bai et al. 2018 packed them: a .mat file each.

A file has three rows of cells, traindata, validdata and testdata; a cell is a piece, [T, 88] of 0 and 1. Any file of this form
is read alike (`data=piano_rolls data.path=FILE.mat`).
"""

import io
import struct
import zlib

import numpy as np
from torch import Tensor

from bench.data.music.piano_roll import roll_of
from bench.data.music.pieces import MusicData, Rolls
from bench.data.sources.source import Origin
from bench.errors import DataError

SPLITS = {"train": "traindata", "validation": "validdata", "test": "testdata"}
UNREADABLE = (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, NotImplementedError, OverflowError, MemoryError)


def published(*, origin: Origin, limit: int | None) -> MusicData:
    """The three splits as they lie in the file. Raises DataError, one sentence."""
    file = origin.read_file()
    about = {"source": file.source, "revision": file.revision, "notes": file.notes}
    return MusicData(origin.name, rolls_of(origin.name, file.where, file.content), about=about, limit=limit)


def rolls_of(name: str, where: str, content: bytes) -> Rolls:
    """The pieces of a .mat file by split, called by the split and their number from 1."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        arrays = loadmat(io.BytesIO(content))
    except (*UNREADABLE, MatReadError, struct.error, zlib.error) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(
            f"data={name}: {where} cannot be read as a .mat file ({reason}); copy it again, or save it in a version before 7.3."
        ) from error
    held = [key for key in arrays if not key.startswith("__")]
    if missing := [key for key in SPLITS.values() if key not in held]:
        raise DataError(
            f"data={name}: {where} has no {' and no '.join(missing)}: it has {', '.join(held) or 'nothing'}; give a file "
            f"with the three splits {', '.join(SPLITS.values())}."
        )
    return {split: _pieces(f"data={name}: {where}", key, arrays[key]) for split, key in SPLITS.items()}


def _pieces(where: str, key: str, cells: np.ndarray) -> list[tuple[str, Tensor]]:
    if cells.dtype != object:
        raise DataError(
            f"{where}: {key} is of shape {cells.shape} and type {cells.dtype}; give a row of cells, one piece [T, 88] in each."
        )
    pieces = []
    for number, cell in enumerate(cells.ravel(), 1):
        values = cell.toarray() if hasattr(cell, "toarray") else np.asarray(cell)
        pieces.append((f"{key} {number}", roll_of(f"{where}: piece {number} of {key}", values)))
    return pieces
