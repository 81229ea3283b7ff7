"""Data sets of the hub, loaded through the library `datasets`: what every reader of its rows shares."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.errors import DataError


def parts(name: str, hub: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(our split, the hub's part, its loaded rows), for every part of every split. `hub` has id, config, revision, `splits`.

    Raises DataError, one sentence, where a part cannot be loaded.
    """
    from datasets import load_dataset

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
            yield split, part, loaded


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


def check_columns(hub: Mapping[str, Any], loaded: Any, *keys: str) -> None:
    """Raises DataError for the first of these keys of `hub` whose column the loaded rows lack."""
    for key in keys:
        if hub[key] not in loaded.column_names:
            raise DataError(
                f"data.places.hub.{key}={hub[key]} is no column of {hub['id']}: give one of {', '.join(loaded.column_names)}."
            )
