"""Tagged sentences from column files, from the hub, or from the running Python: `data=conll2003`, `data=columns` ...

The tags may be in any scheme (`bench.data.tags.schemes`); `scheme=auto` finds out which. They are read by conlleval's rules and
converted to `train_scheme`. What is ill-formed in the scheme that was read is accepted and counted in the notes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.data.sources.files import placed, read_text
from bench.data.sources.source import Places, read
from bench.data.tags.column_text import Layout, parse
from bench.data.tags.hub_columns import from_hub
from bench.data.tags.schemes import PREFIXES, SCHEMES, convert, detect, ill_formed, parts
from bench.data.tags.sentences import Sentence
from bench.data.tags.tagged import TaggedData
from bench.errors import DataError


def tagged(
    *,
    name: str,
    folder: str | None,
    places: Mapping[str, Any],
    columns: Mapping[str, Any],
    encoding: str,
    scheme: str,
    train_scheme: str,
    text: Mapping[str, Any],
    limit: int | None,
) -> TaggedData:
    """A data set that its yaml places: files with the columns of `columns`, the hub with columns of lists."""
    for key, value, known in (("scheme", scheme, ("auto", *SCHEMES)), ("train_scheme", train_scheme, SCHEMES)):
        if value not in known:
            raise DataError(f"data.{key}={value} is unknown: give one of {', '.join(known)}.")
    where, layout = Places.of(folder, places), Layout.of(columns)
    kind = ("files" if where.folder else "hub") if where.kind == "auto" else where.kind
    if kind == "files" and where.files:
        splits = {split: _file(name, placed(path, folder), encoding, layout) for split, path in where.files.items()}
        revision = None
    elif kind == "hub" and where.hub:
        splits, revision = from_hub(name, where.hub), where.hub["revision"]
    else:
        raw = read(name, where)
        revision = raw.revision
        splits = {split: parse(name, f"the {split} text", content, layout) for split, content in raw.splits.items()}
    given = detect([sentence.tags for sentence in splits["train"]]) if scheme == "auto" else scheme
    notes = [note for split, rows in splits.items() for note in _ill_formed(name, split, rows, given)]
    made = {split: [Sentence(row.words, convert(row.tags, train_scheme)) for row in rows] for split, rows in splits.items()}
    about = {"source": kind, "revision": revision, "scheme": given, "notes": notes}
    return TaggedData(name=name, splits=made, scheme=train_scheme, text=text, limit=limit, about=about)


def columns(
    *,
    name: str,
    folder: str | None,
    train: str | None,
    validation: str | None,
    test: str | None,
    columns: Mapping[str, Any],
    encoding: str,
    scheme: str,
    train_scheme: str,
    text: Mapping[str, Any],
    limit: int | None,
) -> TaggedData:
    """Any column files, one a split; `test` may be missing."""
    for key, value in (("train", train), ("validation", validation)):
        if not value:
            raise DataError(
                f"data={name} needs data.{key}: give data.train=FILE data.validation=FILE (and data.test=FILE), a word and its "
                "tag a line, a blank line between sentences."
            )
    files = {"train": train, "validation": validation, **({"test": test} if test else {})}
    places = {"kind": "files", "files": files, "hub": None, "offline": None}
    return tagged(
        name=name,
        folder=folder,
        places=places,
        columns=columns,
        encoding=encoding,
        scheme=scheme,
        train_scheme=train_scheme,
        text=text,
        limit=limit,
    )


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
