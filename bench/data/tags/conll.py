"""Tagged sentences from column files, from the hub, or from the running Python: `data=conll2003`, `data=columns` ...

The tags may be in any scheme (`bench.data.tags.schemes`); `scheme=auto` finds out which. They are read by conlleval's rules and
converted to `train_scheme`. What is ill-formed in the scheme that was read is accepted and counted in the notes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.data.sources.files import placed, read_text
from bench.data.sources.source import Origin, UserFiles, read
from bench.data.tags.column_text import Layout, parse
from bench.data.tags.hub_columns import from_hub
from bench.data.tags.schemes import PREFIXES, SCHEMES, convert, detect, ill_formed, parts
from bench.data.tags.sentences import Sentence
from bench.data.tags.tagged import TaggedData
from bench.errors import DataError
from bench.settings import Settings


@dataclass(frozen=True)
class Schemes(Settings):
    """The scheme of the tags as they are given, `auto` for whichever it is, and the one that they are trained in."""

    scheme: str
    train_scheme: str

    def __post_init__(self) -> None:
        for key, value, known in (
            ("scheme", self.scheme, ("auto", *SCHEMES)),
            ("train_scheme", self.train_scheme, SCHEMES),
        ):
            if value not in known:
                raise DataError(f"data.{key}={value} is unknown: give one of {', '.join(known)}.")


def tagged(
    *,
    origin: Origin,
    columns: Mapping[str, Any],
    encoding: str,
    schemes: Schemes,
    text: Mapping[str, Any],
    limit: int | None,
) -> TaggedData:
    """A data set that its yaml places: files with the columns of `columns`, the hub with columns of lists."""
    name, where, layout = origin.name, origin.where, Layout.of(columns)
    kind = ("files" if where.folder else "hub") if where.kind == "auto" else where.kind
    if kind == "files" and where.files:
        splits = {split: _file(name, placed(path, where.folder), encoding, layout) for split, path in where.files.items()}
        revision = None
    elif kind == "hub" and where.hub:
        splits, revision = from_hub(name, where.hub), where.hub["revision"]
    else:
        raw = read(name, where)
        revision = raw.revision
        splits = {split: parse(name, f"the {split} text", content, layout) for split, content in raw.splits.items()}
    given = detect([sentence.tags for sentence in splits["train"]]) if schemes.scheme == "auto" else schemes.scheme
    notes = [note for split, rows in splits.items() for note in _ill_formed(name, split, rows, given)]
    converted = {
        split: [Sentence(row.words, convert(row.tags, schemes.train_scheme)) for row in rows] for split, rows in splits.items()
    }
    about = {"source": kind, "revision": revision, "scheme": given, "notes": notes}
    return TaggedData(name=name, splits=converted, scheme=schemes.train_scheme, text=text, limit=limit, about=about)


def columns(
    *,
    user_files: UserFiles,
    columns: Mapping[str, Any],
    encoding: str,
    schemes: Schemes,
    text: Mapping[str, Any],
    limit: int | None,
) -> TaggedData:
    """Any column files, one a split; `test` may be missing."""
    origin = user_files.origin(
        advice="give data.train=FILE data.validation=FILE (and data.test=FILE), a word and its tag a line, a blank line "
        "between sentences."
    )
    return tagged(origin=origin, columns=columns, encoding=encoding, schemes=schemes, text=text, limit=limit)


def _file(name: str, place: Any, encoding: str, layout: Layout) -> list[Sentence]:
    return parse(name, str(place), read_text(name, place, encoding), layout)


def _ill_formed(name: str, split: str, sentences: Sequence[Sentence], scheme: str) -> list[str]:
    """What of a split breaks the scheme; nothing where nothing does. Raises DataError for tags of another scheme."""
    strange = {tag for row in sentences for tag in row.tags if parts(tag)[0] not in PREFIXES[scheme] + "O"}
    if strange:
        raise DataError(
            f"data={name}: the {split} split has the tag {min(strange)}, which {scheme} has not; give data.scheme=BIOES, or "
            f"tags of {scheme}."
        )
    if not (places := sum(ill_formed(row.tags, scheme) for row in sentences)):
        return []
    told = "1 place" if places == 1 else f"{places} places"
    return [f"{scheme} is broken at {told} of the {split} split, read by conlleval's rules: {BREAKS[scheme]}"]


BREAKS = {
    "IOB1": "a B- that follows no word of its kind begins a name, as an I- does",
    "IOB2": "an I- that follows no B- or I- of its kind begins a name",
    "BIOES": "a name that is not closed ends where another or none begins, and one that is not opened begins",
}
