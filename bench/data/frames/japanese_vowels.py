"""Japanese Vowels (Kudo, Toyama and Shimbo 1999, doi 10.1016/S0167-8655(99)00077-X): nine men say two vowels, /ae/; who speaks?

A frame is 12 coefficients of a linear prediction; a sequence has 7 to 29 frames. 270 train and 370 test, as published; of each
speaker's 30 training sequences every fifth validates, for there is no part for it. The two files are in the .ts format of
the UEA archive: lines of header from `@`, then a sequence a line, its dimensions apart by colons, their numbers by commas,
the class last. The package sktime ships them.
"""

import importlib.util
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench.data.frames.frames import Frames, Sequences
from bench.data.sources.lines import lines_of
from bench.data.sources.numbers import number
from bench.data.sources.source import Origin
from bench.errors import DataError

FIFTH = 5


def frames(*, origin: Origin) -> Frames:
    """The class of a sequence is its speaker."""
    splits, about = sequences(origin)
    shown = {split: [f"sequence {index + 1} of {split}" for index in range(len(rows))] for split, rows in splits.items()}
    return Frames(origin.name, splits, shown=shown, about=about)


def sequences(origin: Origin) -> tuple[Sequences, dict[str, Any]]:
    """The published split by files or by the package, a part of training validating; and what the record says of it."""
    name, raw = origin.name, origin.read()
    rows = {split: parse(name, split, text) for split, text in raw.splits.items()}
    met: dict[str, int] = {}
    splits: Sequences = {"train": [], "validation": [], "test": rows["test"]}
    for speaker, frames_TI in rows["train"]:
        turn = met[speaker] = met.get(speaker, 0) + 1
        splits["train" if turn % FIFTH else "validation"].append((speaker, frames_TI))
    notes = [
        *raw.notes,
        "of each speaker's training sequences every fifth validates: there is no part for it; the class is the speaker",
    ]
    return splits, {"source": raw.source, "revision": raw.revision, "notes": notes}


def parse(name: str, split: str, text: str) -> list[tuple[str, Tensor]]:
    """(class, frames [T, I]) of every line after the header. Raises DataError that names the line."""
    rows: list[tuple[str, Tensor]] = []
    for line_number, line in enumerate(lines_of(text), 1):
        if not line.strip() or line.startswith(("#", "@")):
            continue
        *dimensions, label = line.split(":")
        values = [[number(cell) for cell in part.split(",")] for part in dimensions]
        aligned = len({len(row) for row in values}) == 1 and not any(None in row for row in values)
        frames_IT = torch.tensor(values) if aligned else torch.empty(0)
        if frames_IT.dim() != 2 or (rows and len(frames_IT) != rows[0][1].size(1)) or not bool(frames_IT.isfinite().all()):
            raise DataError(
                f"data={name}: line {line_number} of the {split} file is not a sequence ({line[:40]!r}); give the .ts files of "
                "the UEA archive, as many numbers in every dimension of a line and as many dimensions in every line."
            )
        rows.append((label.strip(), frames_IT.T))
    if not rows:
        raise DataError(f"data={name}: the {split} file has no sequence; give the .ts files of the UEA archive.")
    return rows


def packaged() -> tuple[dict[str, str], str]:
    """Both files of the package, which is found and not imported, and its version."""
    package = importlib.util.find_spec("sktime")
    if package is None or package.origin is None:
        raise DataError(
            "data=japanese_vowels reads two files that the package sktime ships, and it is not installed: install "
            "recurrent-bench[speech], or name a folder of the files with paths.data= and data.places.kind=files."
        )
    folder = Path(package.origin).parent / "datasets" / "data" / "JapaneseVowels"
    texts = {split: (folder / f"JapaneseVowels_{split.upper()}.ts").read_text(encoding="utf-8") for split in ("train", "test")}
    return texts, f"sktime {version('sktime')}"
