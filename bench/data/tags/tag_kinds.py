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
    found = _found(splits["train"]) if scheme == "auto" else scheme
    for split, given in splits.items():
        if found == PLAIN:
            _refuse(given, lambda tag: not VISIBLE.fullmatch(tag), _no_plain_tag)
            if scheme == "auto":
                _refuse(given, lambda tag: bool(OF_NAMES.fullmatch(tag)), _a_name_among_plain_tags)
            continue
        _refuse(given, lambda tag: not is_tag(tag), _no_tag_of_names)
        if strange := {tag for tag in _tags(given) if parts(tag)[0] not in PREFIXES[found] + OUTSIDE}:
            raise DataError(
                f"data={name}: the {split} split has the tag {min(strange)}, which {found} has not; give data.scheme=BIOES, or "
                f"tags of {found}."
            )
    return found


def notes_of(splits: Mapping[str, Given], scheme: str) -> list[str]:
    """How the tags were understood, and what of them is not as the scheme has it."""
    if scheme != PLAIN:
        return [note for split, given in splits.items() for note in _ill_formed(split, given, scheme)]
    train = set(_tags(splits["train"]))
    notes = [f"the tags are plain: each of the {len(train)} tags of training is taken as it is, and no names are read"]
    if names := sorted(tag for tag in train if OF_NAMES.fullmatch(tag)):
        notes.append(f"tags as those of names have are taken as they are too: {', '.join(names[:8])}")
    for split, given in splits.items():
        if count := sum(tag == UNSPECIFIED for tag in _tags(given)):
            told = "1 word" if count == 1 else f"{count:,} words"
            notes.append(
                f"{told} of the {split} split {'has' if count == 1 else 'have'} the tag {UNSPECIFIED}, a tag as any other"
            )
    return notes


def _found(train: Given) -> str:
    tags = set(_tags(train))
    if not all(map(is_tag, tags)) and not any(map(OF_NAMES.fullmatch, tags)):
        return PLAIN
    return detect([row.tags for row in train.sentences])


def _tags(given: Given) -> Iterator[str]:
    return (tag for row in given.sentences for tag in row.tags)


def _refuse(given: Given, wrong: Callable[[str], bool], told: Callable[[Given, str], str]) -> None:
    """Raises DataError for the first tag that is `wrong`."""
    for at, row in enumerate(given.sentences):
        for column, tag in enumerate(row.tags):
            if wrong(tag):
                raise DataError(f"{given.place(at, column)} has {tag[:40]!r} {told(given, tag)}.")


def _no_tag_of_names(given: Given, tag: str) -> str:
    return (
        f"where a tag should be: give O, or B-, I-, E- or S- and a kind (B-PER), or name the tag's column with "
        f"{given.tag_key}, or give data.scheme={PLAIN} for tags that are no names"
    )


def _no_plain_tag(given: Given, tag: str) -> str:
    return f"where a tag should be: give a tag without white space, or name the tag's column with {given.tag_key}"


def _a_name_among_plain_tags(given: Given, tag: str) -> str:
    return (
        f"where a plain tag should be, for no tag of training begins with B- or I-: correct the tag, or give "
        f"data.scheme={PLAIN} to take all tags as they are"
    )


def _ill_formed(split: str, given: Given, scheme: str) -> list[str]:
    """What of a split breaks the scheme; nothing where nothing does."""
    if not (places := sum(ill_formed(row.tags, scheme) for row in given.sentences)):
        return []
    told = "1 place" if places == 1 else f"{places} places"
    return [f"{scheme} is broken at {told} of the {split} split, read by conlleval's rules: {BREAKS[scheme]}"]


BREAKS = {
    "IOB1": "a B- that follows no word of its kind begins a name, as an I- does",
    "IOB2": "an I- that follows no B- or I- of its kind begins a name",
    "BIOES": "a name that is not closed ends where another or none begins, and one that is not opened begins",
}
