"""The one reader: raw text of the splits from files, from the hub, or from what the running Python brings.

`files` are looked up in the folder that the user names (paths.data or BENCH_DATA); `hub` goes through the library `datasets`
at the revision that the yaml names; `auto` takes the files when the folder is named and else the hub. Nothing falls back
silently: the record says which source was read. Decoding is strict UTF-8; line ends are kept as they are, and a byte order
mark at the start of a text is none of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.build import locate
from bench.data.sources.files import placed, read_text, unpacked, without_mark
from bench.data.sources.hub import downloaded, load_parts
from bench.data.sources.lines import other_ends
from bench.errors import DataError
from bench.settings import Nested, Settings

SOURCES = ("auto", "files", "hub", "offline")


@dataclass(frozen=True)
class Raw:
    """Text by split, the source that it came from (files, hub, offline), its revision where it has one, and what is to be said
    of a user's files."""

    splits: dict[str, str]
    source: str
    revision: str | None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RawFile:
    """The content of the one file of a data set and what messages call it; source and revision as of `Raw`."""

    content: bytes
    label: str
    source: str
    revision: str | None
    notes: Sequence[str]


@dataclass(frozen=True)
class Places(Nested):
    """Where a data set can be found, as its yaml says."""

    kind: str
    files: Mapping[str, str] | None
    hub: Mapping[str, Any] | None
    offline: str | None


@dataclass(frozen=True)
class Origin(Settings):
    """What a data set is called, the user's folder of data, and the `places` of its yaml."""

    name: str
    folder: str | None
    places: Places

    @property
    def kind(self) -> str:
        """`places.kind`, where it is auto by whether there is a folder. Raises DataError for one that there is not."""
        if self.places.kind not in SOURCES:
            raise DataError(f"data.places.kind={self.places.kind} is unknown: give one of {', '.join(SOURCES)}.")
        return ("files" if self.folder else "hub") if self.places.kind == "auto" else self.places.kind

    def read(self) -> Raw:
        """The raw text of the data set. Raises DataError, one sentence, when it cannot be had."""
        name, source, location = self.name, self.kind, self._chosen()
        if source == "offline":
            splits, revision = locate(location, key="data")()
            return Raw({split: without_mark(text) for split, text in splits.items()}, "offline", revision)
        if source == "hub":
            return _from_hub(name, location)
        texts = {split: read_text(name, placed(path, self.folder)) for split, path in location.items()}
        return Raw(texts, "files", None, other_ends(texts))

    def read_file(self) -> RawFile:
        """The file `all` of a data set that is one file, from a folder or downloaded. Raises DataError, one sentence."""
        source, location = self.kind, self._chosen()
        if source == "hub":
            content = downloaded(self.name, location)
            return RawFile(content, location["url"], source, location["revision"], [f"downloaded from {location['url']}"])
        file = placed(location["all"], self.folder)
        return RawFile(unpacked(self.name, file), str(file), source, None, [])

    def _chosen(self) -> Any:
        """What the yaml says of files, hub or offline, whichever is read."""
        places = self.places
        location = {"files": places.files, "hub": places.hub, "offline": places.offline}[self.kind]
        if not location:
            can = [kind for kind in ("files", "hub", "offline") if getattr(places, kind)]
            raise DataError(
                f"data={self.name} cannot be read from data.places.kind={self.kind}: it has {' and '.join(can) or 'no source'}."
            )
        return location

    def of_file(self, path: str | None, *, own: str) -> "Origin":
        """The same, read from `path` where the user names one. `own`: the data set that reads any file of this kind.

        Raises DataError for a data set that has a text of its own, which would be read instead.
        """
        if path and self.places.kind != "files":
            raise DataError(
                f"data.path={path} is refused with data={self.name}, which is not read from a file of yours: give data={own} "
                f"data.path={path}."
            )
        return replace(self, places=replace(self.places, files={"all": path})) if path else self


@dataclass(frozen=True)
class UserFiles(Settings):
    """A file of the user's own a split, relative to `folder`, the user's folder of data; there may be no test."""

    name: str
    folder: str | None
    train: str | None
    validation: str | None
    test: str | None

    def by_split(self, *, needs: Sequence[str] = ("train", "validation"), advice: str) -> dict[str, str]:
        """Raises DataError with the advice, what to give, where a split that it `needs` has no file."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        for split in needs:
            if not named[split]:
                raise DataError(f"data={self.name} needs data.{split}: {advice}")
        return {split: file for split, file in named.items() if file}

    def origin(self, *, needs: Sequence[str] = ("train", "validation"), advice: str) -> Origin:
        """The same for a data set that may also lie elsewhere."""
        files = self.by_split(needs=needs, advice=advice)
        return Origin(self.name, self.folder, Places("files", files, hub=None, offline=None))


def _from_hub(name: str, hub: Mapping[str, Any]) -> Raw:
    loaded = load_parts(name, hub, "column")
    lines: dict[str, list[str]] = {split: [] for split in hub["splits"]}
    for split, _, rows in loaded.parts:
        lines[split] += rows[hub["column"]]
    end = hub["joiner"]
    splits = {split: without_mark(end.join(of_split)) + (end if of_split else "") for split, of_split in lines.items()}
    return Raw(splits, "hub", loaded.revision, list(loaded.notes))
