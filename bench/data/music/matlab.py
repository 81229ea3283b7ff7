"""The four sets of Boulanger-Lewandowski et al. 2012 (arXiv:1206.6392), as Bai et al. 2018 packed them: a .mat file each.

A file has three rows of cells, traindata, validdata and testdata; a cell is a piece, [T, 88] of 0 and 1. Any file of this form
is read alike (`data=piano_rolls data.path=FILE.mat`).
"""

import io
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from torch import Tensor

from bench.data.music.piano_roll import roll_of
from bench.data.music.pieces import MusicData, Rolls
from bench.data.sources.source import Origin
from bench.errors import DataError

PROGRAM = Path(__file__).with_name("mat_program.py")
SPLITS = {"train": "traindata", "validation": "validdata", "test": "testdata"}


def published(*, origin: Origin, limit: int | None) -> MusicData:
    """The three splits as they lie in the file. Raises DataError, one sentence."""
    file = origin.read_file()
    about = {"source": file.source, "revision": file.revision, "notes": file.notes}
    return MusicData(origin.name, rolls_of(origin.name, file.label, file.content), about=about, limit=limit)


def rolls_of(name: str, label: str, content: bytes) -> Rolls:
    """The pieces of a .mat file by split, called by the split and their number from 1."""
    arrays = _loaded(name, label, content)
    keys = [key for key in arrays if " " not in key]
    if missing := [key for key in SPLITS.values() if key not in keys]:
        raise DataError(
            f"data={name}: {label} has no {' and no '.join(missing)}: it has {', '.join(keys) or 'nothing'}; give a file "
            f"with the three splits {', '.join(SPLITS.values())}."
        )
    return {split: _pieces(f"data={name}: {label}", key, arrays) for split, key in SPLITS.items()}


def _loaded(name: str, label: str, content: bytes) -> dict[str, np.ndarray]:
    """What `bench.data.music.mat_program` makes of it. Raises DataError where the library cannot read it, or dies of it."""
    done = subprocess.run([sys.executable, "-P", str(PROGRAM)], input=content, capture_output=True, check=False)
    if done.returncode == 0:
        with np.load(io.BytesIO(done.stdout), allow_pickle=False) as arrays:
            return dict(arrays)
    complaints = [*done.stderr.decode(errors="replace").strip().splitlines(), "no reason is known"]
    reason = f"its reader ended by {signal.Signals(-done.returncode).name}" if done.returncode < 0 else complaints[0]
    raise DataError(
        f"data={name}: {label} cannot be read as a .mat file ({reason}), so it is damaged or of another version; copy it "
        "again, or save it in a version before 7.3."
    )


def _pieces(label: str, key: str, arrays: Mapping[str, np.ndarray]) -> list[tuple[str, Tensor]]:
    cells = arrays[key]
    if cells.dtype.kind != "U":
        raise DataError(
            f"{label}: {key} is of shape {cells.shape} and type {cells.dtype}; give a row of cells, one piece [T, 88] in each."
        )
    pieces = []
    number = 1
    while (cell := arrays.get(f"{key} {number}")) is not None:
        pieces.append((f"{key} {number}", roll_of(f"{label}: piece {number} of {key}", cell)))
        number += 1
    return pieces
