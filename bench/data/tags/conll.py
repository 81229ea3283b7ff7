"""Tagged sentences from column files, from the hub, or from the running Python: `data=conll2003`, `data=columns` ...

The tags may be in any scheme (`bench.data.tags.schemes`); `scheme=auto` finds out which. They are read by conlleval's rules and
converted to `train_scheme`. What is ill-formed in the scheme that was read is accepted and counted in the notes. Tags that are
no names (`scheme=plain`: parts of speech) are trained as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data.sources.files import placed, read_text
from bench.data.sources.source import Origin, UserFiles
from bench.data.tags.column_text import Layout, parse
from bench.data.tags.given import Given
from bench.data.tags.hub_columns import from_hub
from bench.data.tags.schemes import PLAIN, SCHEMES, convert
from bench.data.tags.sentences import Sentence
from bench.data.tags.tag_kinds import notes_of, scheme_of
from bench.data.tags.tag_settings import TagSettings
from bench.data.tags.tagged import TaggedData
from bench.errors import DataError
from bench.settings import Settings


@dataclass(frozen=True)
class Schemes(Settings):
    """The scheme of the tags as they are given, `auto` for whichever it is, and the one that they are trained in."""

    scheme: str
    train_scheme: str

    def __post_init__(self) -> None:
        for key, value, allowed in (
            ("scheme", self.scheme, ("auto", *SCHEMES, PLAIN)),
            ("train_scheme", self.train_scheme, (*SCHEMES, PLAIN)),
        ):
            if value not in allowed:
                raise DataError(f"data.{key}={value} is unknown: give one of {', '.join(allowed)}.")

    def trained(self, scheme_read: str) -> str:
        """The scheme that tags of the scheme `scheme_read` are trained in. Raises DataError where they cannot be converted.

        Plain tags stay as they are: IOB2, which yamls have where nobody asks for another, says nothing of them.
        """
        if scheme_read == PLAIN and self.train_scheme not in (PLAIN, "IOB2"):
            raise DataError(
                f"data.train_scheme={self.train_scheme} is refused with plain tags, which spell no names: give "
                f"data.train_scheme={PLAIN}."
            )
        if scheme_read != PLAIN and self.train_scheme == PLAIN:
            raise DataError(
                f"data.train_scheme={PLAIN} is refused with the tags that were read, which are names in {scheme_read}: give "
                f"data.scheme={PLAIN} to take them as they are, or data.train_scheme=IOB2."
            )
        return scheme_read if scheme_read == PLAIN else self.train_scheme


def tagged(
    *,
    origin: Origin,
    columns: Layout,
    encoding: str,
    schemes: Schemes,
    text: TagSettings,
    limit: int | None,
) -> TaggedData:
    """A data set that its yaml places: files with the columns of `columns`, the hub with columns of lists."""
    name, kind, places = origin.name, origin.kind, origin.places
    told: Sequence[str] = []
    if kind == "files" and places.files:
        reading = (encoding, columns)
        splits = {split: _file(name, split, placed(path, origin.folder), reading) for split, path in places.files.items()}
        revision = None
    elif kind == "hub" and places.hub:
        splits, loaded = from_hub(name, places.hub)
        revision, told = loaded.revision, loaded.notes
    else:
        raw = origin.read()
        revision = raw.revision
        splits = {split: parse(name, split, (f"the {split} text", content), columns) for split, content in raw.splits.items()}
    scheme_read = scheme_of(name, splits, schemes.scheme)
    scheme = schemes.trained(scheme_read)
    notes = [*told, *(note for part in splits.values() for note in part.notes), *notes_of(splits, scheme_read)]
    rows = {split: part.sentences if scheme == PLAIN else _converted(part, scheme) for split, part in splits.items()}
    about = {"source": kind, "revision": revision, "scheme": scheme_read, "notes": notes}
    return TaggedData(name=name, splits=rows, scheme=scheme, text=text, limit=limit, about=about)


def _converted(part: Given, scheme: str) -> list[Sentence]:
    return [Sentence(row.words, convert(row.tags, scheme)) for row in part.sentences]


def columns(
    *,
    user_files: UserFiles,
    columns: Layout,
    encoding: str,
    schemes: Schemes,
    text: TagSettings,
    limit: int | None,
) -> TaggedData:
    """Any column files, one a split; `test` may be missing."""
    origin = user_files.origin(
        advice="give data.train=FILE data.validation=FILE (and data.test=FILE), a word and its tag a line, a blank line "
        "between sentences."
    )
    return tagged(origin=origin, columns=columns, encoding=encoding, schemes=schemes, text=text, limit=limit)


def _file(name: str, split: str, path: Path, reading: tuple[str, Layout]) -> Given:
    encoding, layout = reading
    return parse(name, split, (str(path), read_text(name, path, encoding)), layout)
