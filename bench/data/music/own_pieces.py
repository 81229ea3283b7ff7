"""Pieces of the user's own: `data=piano_rolls data.path=...`, a .mat file of three splits, or a folder of .npz and MIDI files.

A folder has the folders train, validation and (where there is one) test, or the files themselves, which then fall into splits
by their names. Of an .npz the array `roll` is read, [T, 88] of keys or [T, 128] of MIDI pitches; files of other kinds are left
alone.
"""

from pathlib import Path

import numpy as np
from torch import Tensor

from bench.data.music import matlab
from bench.data.music.midi import midi_roll
from bench.data.music.piano_roll import roll_of
from bench.data.music.pieces import MusicData
from bench.data.sources.arrays import UNREADABLE
from bench.data.sources.files import placed, unpacked
from bench.data.sources.hash_split import split_of
from bench.errors import DataError

SPLITS = ("train", "validation", "test")
MIDI = (".mid", ".midi")
KINDS = (".npz", *MIDI)
ADVICE = "give a .mat file with traindata, validdata and testdata, or a folder of .npz and MIDI files"


def own_pieces(*, name: str, folder: str | None, path: str | None, frames_per_beat: float, limit: int | None) -> MusicData:
    """`frames_per_beat` is for MIDI alone. Raises DataError, one sentence."""
    if not path:
        raise DataError(f"data={name} needs data.path: {ADVICE}.")
    if not 0 < frames_per_beat <= 96:
        raise DataError(f"data.frames_per_beat={frames_per_beat:g} is out of range: give a number above 0, up to 96.")
    at = placed(path, folder)
    if at.is_dir():
        pieces = Folder(name, at, frames_per_beat)
        return MusicData(name, pieces.splits, about={"source": "files", "revision": None, "notes": pieces.notes}, limit=limit)
    if at.exists() and at.suffix != ".mat":
        raise DataError(f"data={name}: data.path={path} is neither a .mat file nor a folder; {ADVICE}.")
    rolls = matlab.rolls_of(name, str(at), unpacked(name, at))
    return MusicData(name, rolls, about={"source": "files", "revision": None, "notes": []}, limit=limit)


class Folder:
    """`splits`: the pieces by split, called by their files. `notes`: how they were read."""

    def __init__(self, name: str, folder: Path, frames_per_beat: float) -> None:
        self.name, self.frames_per_beat = name, frames_per_beat
        self.read: dict[str, int] = {}
        self.percussion = 0
        self.splits, self.notes = self._split(folder)
        if midi := sum(count for kind, count in self.read.items() if kind in MIDI):
            self.notes.append(f"{midi:,} MIDI files, {frames_per_beat:g} frames a beat, whatever the tempo")
        if self.percussion:
            self.notes.append(f"{self.percussion:,} notes of percussion were left out")

    def _split(self, folder: Path) -> tuple[dict[str, list[tuple[str, Tensor]]], list[str]]:
        parts = {split: folder / split for split in SPLITS if (folder / split).is_dir()}
        if not parts:
            files, others = _files(folder)
            if not files:
                raise DataError(f"data={self.name}: the folder {folder} has no {', '.join(KINDS)} file; {ADVICE}.")
            by_name: dict[str, list[Path]] = {split: [] for split in SPLITS}
            for file in files:
                by_name[split_of(file.stem)].append(file)
            if not by_name["validation"]:
                raise DataError(
                    f"data={self.name}: none of the {len(files)} files of {folder} falls into validation by its name; sort "
                    "them into folders train, validation and test in it."
                )
            splits = {split: self._pieces(chosen) for split, chosen in by_name.items() if chosen or split != "test"}
            return splits, ["pieces fall into splits by their names", *_ignored(others)]
        if missing := [split for split in ("train", "validation") if split not in parts]:
            raise DataError(
                f"data={self.name}: the folder {folder} has {', '.join(parts)} and no {' and no '.join(missing)}; give folders "
                "train, validation and, where there is one, test."
            )
        if strange := sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name not in SPLITS):
            raise DataError(
                f"data={self.name}: the folder {folder} has {', '.join(strange[:8])} beside {', '.join(parts)}, which would "
                "not be read: name it train, validation or test, or take it away."
            )
        beside, skipped = _files(folder)
        others = len(beside) + skipped
        pieces: dict[str, list[tuple[str, Tensor]]] = {}
        for split, part in parts.items():
            files, ignored = _files(part)
            if not files:
                raise DataError(f"data={self.name}: the folder {part} has no {', '.join(KINDS)} file; {ADVICE}.")
            others += ignored
            pieces[split] = self._pieces(files)
        return pieces, _ignored(others)

    def _pieces(self, files: list[Path]) -> list[tuple[str, Tensor]]:
        return [(file.name, roll_of(f"data={self.name}: {file}", self._values(file))) for file in files]

    def _values(self, file: Path) -> np.ndarray:
        kind = file.suffix.lower()
        self.read[kind] = self.read.get(kind, 0) + 1
        if kind == ".npz":
            return _array(self.name, file)
        roll_TK, percussion = midi_roll(self.name, file, self.frames_per_beat)
        self.percussion += percussion
        return roll_TK


def _files(folder: Path) -> tuple[list[Path], int]:
    """(the pieces of a folder in the order of their names, how many files are of another kind)."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    pieces = [file for file in files if file.suffix.lower() in KINDS]
    return pieces, len(files) - len(pieces)


def _ignored(others: int) -> list[str]:
    return [f"{others:,} files that are no pieces were left alone"] if others else []


def _array(name: str, file: Path) -> np.ndarray:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            keys = arrays.files
            roll = arrays["roll"] if "roll" in keys else None
    except UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"data={name}: {file} cannot be read as an .npz file ({reason}); save it again with numpy.savez(FILE, roll=...)."
        ) from error
    if roll is None:
        raise DataError(f"data={name}: {file} has no array roll: it has {', '.join(keys) or 'none'}.")
    return np.asarray(roll)
