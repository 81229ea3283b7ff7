"""Forms of files of numbers: series, captions with features, recordings, sequences of frames."""

import io
import struct
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
from fuzzing.forms import SPLITS, Files, Reader, Row, Rows, by_split, line, sentence


def draw_series(rng: Random, style: str) -> Rows:
    start, level, rows = date(2001, 2, 3), 50.0, []
    for step in range(240):
        level = max(level + rng.uniform(-2, 2.1), 5.0)
        others = [f"{level + rng.uniform(1, 3):.{rng.randint(1, 4)}f}" for _ in range(7)]
        rows.append([str(start + timedelta(days=step)), f"{level:.3f}", *others])
    return {"all": rows}


def write_series(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(["all"], ".csv")
    table = reader.node["table"]
    columns = table["columns"] or ["value"]
    lines = [["date", *columns]] if table["header"] else []
    lines += [row[: 1 + len(columns)] if table["header"] else row[1:9] for row in rows["all"]]
    content = "".join(table["separator"].join(row) + "\n" for row in lines)
    return Files({files["all"]: content}, {**keys, "split": {"train": 0.6, "validation": 0.2, "test": 0.2}, "season": 1})


def truth_series(rows: Rows) -> Any:
    return [float(row[1]) for row in rows["all"]]


def view_series(data: Any) -> Any:
    """Of the first column."""
    return data.values_TC[:, 0].tolist()


def draw_captions(rng: Random, style: str) -> Rows:
    return by_split(lambda: [line(sentence(rng, style)), *(f"{rng.gauss(0, 3):.4f}" for _ in range(3))])


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text


def write_csv(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".csv")
    lines = {split: [["caption", "a", "b", "c"], *part] for split, part in rows.items()}
    return Files(
        {file: "".join(",".join(map(cell, row)) + "\n" for row in lines[split]) for split, file in files.items()}, keys
    )


def write_npz(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".npz")
    blobs = {}
    for split, file in files.items():
        features = np.array([[float(value) for value in row[1:]] for row in rows[split]])
        blobs[file] = npz(features=features, captions=np.array([row[0].replace("\x00", "") for row in rows[split]]))
    return Files({}, keys, blobs)


def npz(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def truth_captions(rows: Rows) -> Any:
    return sorted(row[0].replace("\x00", "") for part in rows.values() for row in part)


def view_captions(data: Any) -> Any:
    return sorted(text.replace("\x00", "") for rows in data.references.values() for texts in rows for text in texts)


def draw_recordings(rng: Random, style: str) -> Rows:
    return {
        split: [
            [f"{split}{index}.wav", rng.choice(["one", "two"]) if index > 1 else ["one", "two"][index]] for index in range(4)
        ]
        for split in SPLITS
    }


def write_recordings(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(SPLITS, ".tsv")
    texts = {file: "".join("\t".join(row) + "\n" for row in rows[split]) for split, file in files.items()}
    names = {row[0] for part in rows.values() for row in part if row and row[0].endswith(".wav")}
    return Files(
        texts, keys, {name: wav(np.random.default_rng(sum(name.encode())).integers(-9000, 9000, 1600)) for name in names}
    )


def wav(samples: Any, *, form: str = "<i2", channels: int = 1, rate: int = 8000) -> bytes:
    kind = np.dtype(form)
    data = np.asarray(samples).astype(kind).tobytes()
    width = kind.itemsize * channels
    head = struct.pack("<HHIIHH", 3 if kind.kind == "f" else 1, channels, rate, rate * width % 2**32, width, 8 * kind.itemsize)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def view_labels(data: Any) -> Any:
    return sorted(label for labels in data.labels.values() for label in labels)


def truth_labels(rows: Rows) -> Any:
    return sorted(row[1] for part in rows.values() for row in part)


def draw_frames(rng: Random, style: str) -> Rows:
    def row(index: int) -> Row:
        steps = rng.randint(2, 5)
        return [*(",".join(f"{rng.gauss(0, 1):.4f}" for _ in range(steps)) for _ in range(3)), str(1 + index % 2)]

    return {split: [row(index) for index in range(16)] for split in ("train", "test")}


def write_frames(reader: Reader, rows: Rows) -> Files:
    files, keys = reader.named(["train", "test"], ".ts")
    head = "@problemName Own\n@classLabel true 1 2\n@data\n"
    return Files({file: head + "".join(":".join(row) + "\n" for row in rows[split]) for split, file in files.items()}, keys)


def truth_frames(rows: Rows) -> Any:
    return sorted(row[-1] for part in rows.values() for row in part)
