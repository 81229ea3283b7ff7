"""Data sets of the hub, loaded through the library `datasets`: what every reader of its rows shares."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import DataError


@dataclass(frozen=True)
class HubParts:
    """(our split, the hub's part, its loaded rows) of every part of every split, the commit that was read (the revision of the
    yaml where the library does not tell it), and what is to be said of the rows."""

    parts: Sequence[tuple[str, str, Any]]
    revision: str
    notes: Sequence[str]


def load_parts(name: str, hub: Mapping[str, Any], *columns: str) -> HubParts:
    """The rows of a data set. `hub` has id, config, revision, `splits` and, by each of the keys `columns`, a column's name.

    A revision that is a branch can move, so `hub["sha256"]` may hold the digest of each split's rows: where they are others,
    a note says so. Raises DataError, one sentence, where a part cannot be loaded or lacks a column.
    """
    from datasets import load_dataset

    parts: list[tuple[str, str, Any]] = []
    for split, named in hub["splits"].items():
        for part in [named] if isinstance(named, str) else named:
            try:
                loaded = load_dataset(hub["id"], hub["config"], split=part, revision=hub["revision"])
            except Exception as error:
                raise DataError(
                    f"data={name}: the hub's data set {hub['id']} (revision {hub['revision']}, split {part}) cannot be loaded "
                    f"({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}); go online, or name a "
                    "folder of files with paths.data= or BENCH_DATA."
                ) from error
            _check_columns(hub, loaded, columns)
            parts.append((split, part, loaded))
    commits = {commit for _, _, loaded in parts for commit in _commits(loaded)}
    notes = [
        f"the {split} rows of {hub['id']} (revision {hub['revision']}) are not those that this data set is known by, so its "
        f"figures stand apart from those of others: SHA-256 {found}, where {known} is expected"
        for split, known in (hub.get("sha256") or {}).items()
        if (found := _digest(hub, [loaded for its_split, _, loaded in parts if its_split == split], columns)) != known
    ]
    return HubParts(parts, ", ".join(sorted(commits)) or hub["revision"], notes)


def named_classes(loaded: Any, column: str) -> list[str]:
    """A column of classes as texts: numbers with a list of class labels by their labels, others as they are."""
    labels = getattr(loaded.features[column], "names", None)
    return [str(labels[cell] if labels else cell) for cell in loaded[column]]


def downloaded(name: str, hub: Mapping[str, Any]) -> bytes:
    """The file at `hub["url"]`, whose SHA-256 is `hub["sha256"]`; the library keeps it. Raises DataError, one sentence."""
    from datasets import DownloadManager

    try:
        content = Path(DownloadManager().download(hub["url"])).read_bytes()
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        raise DataError(
            f"data={name}: {hub['url']} cannot be downloaded ({type(error).__name__}: {reason}); go online, or name a folder "
            "of files with paths.data= or BENCH_DATA."
        ) from error
    if (digest := hashlib.sha256(content).hexdigest()) != hub["sha256"]:
        raise DataError(
            f"data={name}: what {hub['url']} gives has the SHA-256 {digest}, where {hub['sha256']} is expected: it is another "
            "file; name a folder of files with paths.data= or BENCH_DATA."
        )
    return content


def _check_columns(hub: Mapping[str, Any], loaded: Any, keys: Sequence[str]) -> None:
    for key in keys:
        if hub[key] not in loaded.column_names:
            raise DataError(
                f"data.places.hub.{key}={hub[key]} is no column of {hub['id']}: give one of {', '.join(loaded.column_names)}."
            )


def _commits(loaded: Any) -> Iterator[str]:
    """The library keeps rows in a folder that is called as the commit that they are of."""
    for file in loaded.cache_files:
        yield from re.findall(r"[\\/]([0-9a-f]{40})(?=[\\/])", file["filename"])


def _digest(hub: Mapping[str, Any], loaded: Sequence[Any], keys: Sequence[str]) -> str:
    """SHA-256 of a line a row: its cells, their words one space apart, with tabs between the cells."""
    digest = hashlib.sha256()
    for rows in loaded:
        columns = [named_classes(rows, hub[key]) for key in keys]
        for cells in zip(*columns, strict=True):
            digest.update(("\t".join(" ".join(str(cell).split()) for cell in cells) + "\n").encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
