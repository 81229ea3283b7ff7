"""From rows and one change to the files that are laid down."""

import gzip
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from fuzzing.change import Change
from fuzzing.forms import Files, Reader, Rows
from fuzzing.letters import TEXT_BYTES, TEXTS
from fuzzing.packing import BYTES, PACKED
from fuzzing.rows import ROWS
from fuzzing.samples import ARRAYS, ROLLS, SOUNDS


@dataclass(frozen=True)
class Input:
    """A spoiled input: `kind` is what was done to it, `owes` what a reader owes for it."""

    reader: Reader
    kind: str
    owes: str
    files: Files
    blobs: dict[str, bytes]


def packed(texts: dict[str, bytes], blobs: dict[str, bytes]) -> dict[str, bytes]:
    """Files by name: `X.gz` is packed by gzip, `X.zip/name` is a file in a zip."""
    files = dict(blobs)
    for name, content in texts.items():
        outer, inside, inner = name.partition(".zip/")
        if inside:
            with tempfile.SpooledTemporaryFile() as room:
                with zipfile.ZipFile(room, "w") as archive:
                    archive.writestr(inner, content)
                room.seek(0)
                files[f"{outer}.zip"] = room.read()
        else:
            files[name] = gzip.compress(content, mtime=0) if name.endswith(".gz") else content
    return files


def whole(files: Files) -> dict[str, bytes]:
    """The files as they are written plainly."""
    return packed({name: text.encode("utf-8", "surrogatepass") for name, text in files.texts.items()}, files.blobs)


def spoiled(rng: Random, reader: Reader, rows: Rows, change: "Change[Any]", stage: str) -> Input | None:
    """The input with a change; None where it changes nothing."""
    form = reader.format
    if stage == "rows":
        changed = change.make(rng, rows)
        if changed is None or changed == rows:
            return None
        try:
            files = form.write(reader, changed)
        except (ValueError, IndexError):  # rows of which this form makes no file, such as one without a cell
            return None
        if (blobs := whole(files)) == whole(form.write(reader, rows)):  # of a split that has no file
            return None
        return Input(reader, change.name, change.owes, files, blobs)
    files = form.write(reader, rows)
    chosen = sorted(
        {**files.texts, **files.blobs} if stage == "bytes" else files.blobs if stage in ("arrays", "sounds") else files.texts
    )
    if rng.random() < 0.5 or stage in ("bytes", "packed"):
        chosen = [rng.choice(chosen)] if chosen else []
    contents = blobs = whole(files)
    if stage in ("text", "text bytes"):
        texts = {name: text.encode() for name, text in files.texts.items()}
        for name in chosen:
            new = change.make(rng, files.texts[name] if stage == "text" else texts[name])
            if new is None:
                return None
            texts[name] = new.encode("utf-8", "surrogatepass") if isinstance(new, str) else new
        contents = packed(texts, files.blobs)
    elif stage == "packed":
        return called_gz(rng, Input(reader, change.name, change.owes, files, blobs), change)
    else:
        contents = dict(blobs)
        for name in chosen:
            inside = name.partition(".zip/")
            actual = inside[0] + ".zip" if inside[1] else name
            new = change.make(rng, contents[actual])
            if new is not None:
                contents[actual] = new
    return None if contents == blobs else Input(reader, change.name, change.owes, files, contents)


def called_gz(rng: Random, plain: Input, change: "Change[bytes]") -> Input | None:
    """One of the files, packed, and called .gz where it was not."""
    name = rng.choice(sorted(plain.files.texts) or [""])
    if not name or ".zip/" in name:
        return None
    content = gzip.decompress(plain.blobs[name]) if name.endswith(".gz") else plain.blobs[name]
    blobs = {key: value for key, value in plain.blobs.items() if key != name}
    new = name if name.endswith(".gz") else f"{name}.gz"
    keys = {key: new if value == name else value for key, value in plain.files.keys.items()}
    return replace(plain, files=replace(plain.files, keys=keys), blobs={**blobs, new: change.make(rng, content) or b""})


def stages(reader: Reader) -> Iterator[tuple[str, "Change[Any]"]]:
    """Every change that means anything for a reader's files."""
    by_stage: dict[str, Sequence[Change[Any]]] = {"rows": ROWS, "bytes": BYTES}
    if reader.format.name in ("npz", "rolls"):
        by_stage["arrays"] = ARRAYS if reader.format.name == "npz" else ROLLS
    else:
        by_stage |= {"text": TEXTS, "text bytes": TEXT_BYTES, "packed": PACKED}
    if reader.format.name == "recordings":
        by_stage["sounds"] = SOUNDS
    for stage, changes in by_stage.items():
        yield from ((stage, change) for change in changes if change.fits(reader))
