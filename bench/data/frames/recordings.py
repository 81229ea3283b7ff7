"""Any wav files as frames of log-mel features, named by lists: a path, a tab and a label a line, one list a split.

A path is relative to the folder of its list. Who speaks in one split should not speak in another; that is up to the lists.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from bench.data.frames.frames import Frames
from bench.data.frames.heard import Heard
from bench.data.frames.log_mel import check_bands, log_mel
from bench.data.frames.normalised import check_normalise, notes_of
from bench.data.sources.files import placed, read_text
from bench.data.sources.lines import lines_of, other_ends
from bench.data.sources.source import UserFiles
from bench.errors import DataError


def recordings(*, user_files: UserFiles, bands: int, normalise: str) -> Frames:
    """One sampling rate for all files; `test` may be missing."""
    files = user_files.by_split(
        advice="give data.train=LIST data.validation=LIST (and data.test=LIST), the path of a wav file, a tab and its label a "
        "line."
    )
    name = user_files.name
    check_bands(bands)
    normalised = check_normalise(normalise)
    lists = {split: placed(file, user_files.folder) for split, file in files.items()}
    texts = {split: read_text(name, list_file) for split, list_file in lists.items()}
    rows = {split: _listed(name, lists[split], text) for split, text in texts.items()}
    _check_disjoint(name, {split: [lists[split].parent / path for path, _ in listed] for split, listed in rows.items()})
    splits: dict[str, list[tuple[str, Tensor]]] = {split: [] for split in rows}
    heard = Heard(name)
    for split, listed in rows.items():
        for path, label in listed:
            sound, frames_TI = log_mel(name, lists[split].parent / path, bands)
            heard.add(sound, path)
            splits[split].append((label, normalised(frames_TI)))
    shown = {split: [path for path, _ in listed] for split, listed in rows.items()}
    notes = [*heard.notes(bands), *notes_of(normalise), *other_ends(texts)]
    return Frames(name, splits, shown=shown, about={"source": "files", "revision": None, "notes": notes})


def _listed(name: str, listing: Path, text: str) -> list[tuple[str, str]]:
    """Path and label of each line that is not blank. Raises DataError that names the line."""
    rows = []
    for number, line in enumerate(lines_of(text), 1):
        path, _, label = (part.strip() for part in line.partition("\t"))
        if not line.strip():
            continue
        if not (path and label):
            raise DataError(
                f"data={name}: line {number} of {listing} is not the path of a wav file, a tab and a label ({line[:40]!r}); "
                "correct the line."
            )
        rows.append((path, label))
    first = listing.parent / rows[0][0] if rows else listing
    if not first.exists() and not first.suffix:
        raise DataError(
            f"data={name}: line 1 of {listing} names {rows[0][0]!r}, which is no file, as a heading does: delete the line, or "
            "correct the path."
        )
    if not rows:
        raise DataError(f"data={name}: {listing} lists no recording; give the path of a wav file, a tab and its label a line.")
    return rows


def _check_disjoint(name: str, files: Mapping[str, Sequence[Path]]) -> None:
    """Raises DataError where a file is in two lists, or twice in one."""
    met: dict[Path, str] = {}
    for split, paths in files.items():
        for path in paths:
            if (file := path.resolve()) in met:
                raise DataError(f"data={name}: {file} is listed in {met[file]} and in {split}; leave it in one list, once.")
            met[file] = split
