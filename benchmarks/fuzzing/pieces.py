"""Forms of files of music: piano rolls as .npz and .mat, and MIDI. A row is a piece: its name, and the keys of each frame."""

import io
import struct
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from fuzzing.forms import SPLITS, Files, Format, Reader, Row, Rows
from fuzzing.measured import npz

LOWEST, KEYS = 21, 88
TICKS = 480
FOLDER = "pieces"
MAT = {"train": "traindata", "validation": "validdata", "test": "testdata"}


def draw_pieces(rng: Random, style: str) -> Rows:
    def piece(name: str) -> Row:
        frames = [sorted(rng.sample(range(36, 90), rng.randint(1, 3))) for _ in range(rng.randint(4, 9))]
        return [name, *("+".join(map(str, frame)) for frame in frames)]

    return {split: [piece(f"{split} {number}") for number in range(4)] for split in SPLITS}


def _frames(row: Row) -> list[set[int]]:
    return [set(map(int, frame.split("+"))) for frame in row[1:]]


def roll(row: Row) -> Any:
    values = np.zeros((len(row) - 1, KEYS), np.uint8)
    for index, frame in enumerate(_frames(row)):
        values[index, [pitch - LOWEST for pitch in frame]] = 1
    return values


def midi(row: Row, step: int) -> bytes:
    """Format 0, `step` ticks a frame; a key that goes on sounding is struck again."""
    events, waited = b"", 0
    for frame in _frames(row):
        for on, pitches in ((True, frame), (False, frame)):
            for pitch in sorted(pitches):
                events += _length(waited) + bytes([0x90 if on else 0x80, pitch, 64])
                waited = 0
            waited = step if on else 0
    events += _length(waited) + b"\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(events)) + events


def _length(ticks: int) -> bytes:
    high, low = divmod(ticks, 128)
    return bytes([high | 0x80, low]) if high else bytes([low])


def _in_folders(suffix: str, content: Callable[[Reader, Row], bytes]) -> Callable[[Reader, Rows], Files]:
    def write(reader: Reader, rows: Rows) -> Files:
        names = [row[0] for part in rows.values() for row in part]
        if any(len(name.encode()) > 200 or set(name) & set("/\0") for name in names):
            raise ValueError("a name that no file can have")
        blobs = {f"{FOLDER}/{split}/{row[0]}{suffix}": content(reader, row) for split in rows for row in rows[split]}
        return Files({}, {"path": FOLDER}, blobs)

    return write


def write_mat(reader: Reader, rows: Rows) -> Files:
    from scipy.io import savemat

    arrays = {}
    for split, key in MAT.items():
        cells = np.empty((1, len(rows[split])), dtype=object)
        for index, row in enumerate(rows[split]):
            cells[0, index] = roll(row)
        arrays[key] = cells
    content = io.BytesIO()
    savemat(content, arrays)
    return Files({}, {"path": "pieces.mat"}, {"pieces.mat": content.getvalue()})


def truth_pieces(rows: Rows) -> Any:
    return sorted(sorted(frame) for part in rows.values() for row in part for frame in _frames(row))


def view_pieces(data: Any) -> Any:
    frames = (frame for rolls in data.rolls.values() for roll_TK in rolls for frame in roll_TK)
    return sorted([key + LOWEST for key in frame.nonzero().flatten().tolist()] for frame in frames)


FORMS = [
    Format(
        "rolls",
        draw_pieces,
        _in_folders(".npz", lambda reader, row: npz(roll=roll(row))),
        truth_pieces,
        view_pieces,
        arrays=True,
    ),
    Format(
        "MIDI",
        draw_pieces,
        _in_folders(".mid", lambda reader, row: midi(row, round(TICKS / reader.node["frames_per_beat"]))),
        truth_pieces,
        view_pieces,
        arrays=True,
    ),
    Format("mat", draw_pieces, write_mat, truth_pieces, view_pieces, arrays=True),
]
