"""What the tags of a data set are: names in one of the schemes (`bench.data.tags.schemes`), or plain, each on its own.

`auto` asks the training tags. All of them are tags of names: their scheme. None of them is O or begins with B-, I-, E- or S-:
plain. A mix is refused, for part of it would be misread whichever it is taken for.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from bench.data.tags.given import Given
from bench.data.tags.schemes import OUTSIDE, PLAIN, PREFIXES, detect, ill_formed, is_tag, parts
from bench.errors import DataError

OF_NAMES = re.compile(rf"{OUTSIDE}|[BIES]-.*", re.S)
VISIBLE = re.compile(r"\S+")
UNSPECIFIED = "_"


def scheme_of(name: str, splits: Mapping[str, Given], scheme: str) -> str:
    """The scheme of the tags, which `scheme` names or leaves open (`auto`). Raises DataError for a tag that is not of it."""
    read_in = _detected(splits["train"]) if scheme == "auto" else scheme
    for split, part in splits.items():
        if read_in == PLAIN:
            _refuse(part, lambda tag: not VISIBLE.fullmatch(tag), _no_plain_tag)
            if scheme == "auto":
                _refuse(part, lambda tag: bool(OF_NAMES.fullmatch(tag)), _a_name_among_plain_tags)
            continue
        _refuse(part, lambda tag: not is_tag(tag), _no_tag_of_names)
        if strange := {tag for tag in _tags(part) if parts(tag)[0] not in PREFIXES[read_in] + OUTSIDE}:
            raise DataError(
                f"data={name}: the {split} split has the tag {min(strange)}, which {read_in} has not; give "
                f"data.scheme=BIOES, or tags of {read_in}."
            )
    return read_in


def notes_of(splits: Mapping[str, Given], scheme: str) -> list[str]:
    """How the tags were understood, and what of them is not as the scheme has it."""
    if scheme != PLAIN:
        return [note for split, part in splits.items() for note in _ill_formed(split, part, scheme)]
    train = set(_tags(splits["train"]))
    notes = [f"the tags are plain: each of the {len(train)} tags of training is taken as it is, and no names are read"]
    if names := sorted(tag for tag in train if OF_NAMES.fullmatch(tag)):
        notes.append(f"tags as those of names have are taken as they are too: {', '.join(names[:8])}")
    for split, part in splits.items():
        if count := sum(tag == UNSPECIFIED for tag in _tags(part)):
            words = "1 word" if count == 1 else f"{count:,} words"
            notes.append(
                f"{words} of the {split} split {'has' if count == 1 else 'have'} the tag {UNSPECIFIED}, a tag as any other"
            )
    return notes


def _detected(train: Given) -> str:
    tags = set(_tags(train))
    if not all(map(is_tag, tags)) and not any(map(OF_NAMES.fullmatch, tags)):
        return PLAIN
    return detect([row.tags for row in train.sentences])


def _tags(part: Given) -> Iterator[str]:
    return (tag for row in part.sentences for tag in row.tags)


def _refuse(part: Given, wrong: Callable[[str], bool], explain: Callable[[Given, str], str]) -> None:
    """Raises DataError for the first tag that is `wrong`."""
    for at, row in enumerate(part.sentences):
        for column, tag in enumerate(row.tags):
            if wrong(tag):
                raise DataError(f"{part.place(at, column)} has {tag[:40]!r} {explain(part, tag)}.")


def _no_tag_of_names(part: Given, tag: str) -> str:
    return (
        f"where a tag should be: give O, or B-, I-, E- or S- and a kind (B-PER), or name the tag's column with "
        f"{part.tag_key}, or give data.scheme={PLAIN} for tags that are no names"
    )


def _no_plain_tag(part: Given, tag: str) -> str:
    return f"where a tag should be: give a tag without white space, or name the tag's column with {part.tag_key}"


def _a_name_among_plain_tags(part: Given, tag: str) -> str:
    return (
        f"where a plain tag should be, for no tag of training begins with B- or I-: correct the tag, or give "
        f"data.scheme={PLAIN} to take all tags as they are"
    )


def _ill_formed(split: str, part: Given, scheme: str) -> list[str]:
    """What of a split breaks the scheme; nothing where nothing does."""
    if not (places := sum(ill_formed(row.tags, scheme) for row in part.sentences)):
        return []
    counted = "1 place" if places == 1 else f"{places} places"
    return [f"{scheme} is broken at {counted} of the {split} split, read by conlleval's rules: {BREAKS[scheme]}"]


BREAKS = {
    "IOB1": "a B- that follows no word of its kind begins a name, as an I- does",
    "IOB2": "an I- that follows no B- or I- of its kind begins a name",
    "BIOES": "a name that is not closed ends where another or none begins, and one that is not opened begins",
}
