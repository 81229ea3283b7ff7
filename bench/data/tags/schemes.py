"""Tags of words and the spans that they spell: IOB1, IOB2 and BIOES.

A tag is `O` (outside), or a prefix and a kind: `B-PER`; a lone prefix (`B`) is a tag of the one kind that has no name. In
IOB2 a span starts with B- (Ramshaw & Marcus 1995, as Tjong Kim Sang & Veenstra 1999 renamed it); in IOB1 with I-, and with
B- only where a span of the same kind ends right before it; in BIOES a span of one word is S-, and the last word of a longer
one is E-. `spans` reads any of them by the rules of conlleval, ill-formed or not: an I- that nothing begins, begins.
This file knows no data set and no tensors.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

PREFIXES = {"IOB1": "IB", "IOB2": "BI", "BIOES": "BIES"}
SCHEMES = tuple(PREFIXES)
PLAIN = "plain"
"""What is said in place of a scheme where tags spell no spans: parts of speech. No function here is for them."""
OUTSIDE = "O"
TAG = re.compile(r"O|[BIES](-\S+)?")


class Span(NamedTuple):
    """The words from `start` to before `stop` are a name of this kind."""

    kind: str
    start: int
    stop: int


def is_tag(text: str) -> bool:
    """Whether `text` is a tag of any scheme."""
    return TAG.fullmatch(text) is not None


def parts(tag: str) -> tuple[str, str]:
    """Prefix and kind; the kind of `O`, and of a lone prefix, is empty."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def spans(tags: Sequence[str]) -> list[Span]:
    """The spans of a sentence in their order.

    conlleval's chunk rules: a span ends before O, B-, S- and another kind, and after E- and S-; a span begins at any tag but
    O that does not continue one.
    """
    closed: list[Span] = []
    start, before, open_kind = 0, OUTSIDE, ""
    for index, tag in enumerate([*tags, OUTSIDE]):
        prefix, kind = parts(tag)
        if before in "OES" or prefix in "OBS" or kind != open_kind:
            if before != OUTSIDE:
                closed.append(Span(open_kind, start, index))
            start = index
        before, open_kind = prefix, kind
    return closed


def written(names: Iterable[Span], length: int, scheme: str) -> tuple[str, ...]:
    """The tags of a sentence of so many words that has these spans, in their order and apart."""
    tags = [OUTSIDE] * length
    stopped, last = 0, ""
    for kind, start, stop in names:
        first, middle, final, single = {
            "IOB1": ("B" if (stopped, last) == (start, kind) and start else "I", "I", "I", ""),
            "IOB2": ("B", "I", "I", "B"),
            "BIOES": ("B", "I", "E", "S"),
        }[scheme]
        prefixes = [first, *[middle] * (stop - start - 2), final] if stop - start > 1 else [single or first]
        tags[start:stop] = [joined(prefix, kind) for prefix in prefixes]
        stopped, last = stop, kind
    return tuple(tags)


def joined(prefix: str, kind: str) -> str:
    """The tag of prefix and kind."""
    return f"{prefix}-{kind}" if kind else prefix


def convert(tags: Sequence[str], to: str) -> tuple[str, ...]:
    """The same spans in the scheme `to`; the result is well-formed even where `tags` are not."""
    return written(spans(tags), len(tags), to)


def tags_of(kinds: Iterable[str], scheme: str) -> tuple[str, ...]:
    """All tags of these kinds: O first, then kind by kind in their alphabetical order."""
    return (OUTSIDE, *(joined(prefix, kind) for kind in sorted(set(kinds)) for prefix in PREFIXES[scheme]))


def may_follow(before: str | None, tag: str | None, scheme: str) -> bool:
    """Whether well-formed tags have `tag` right after `before`; None stands for the start and the end of a sentence."""
    (ahead, kind_before), (prefix, kind) = parts(before or OUTSIDE), parts(tag or OUTSIDE)
    prefixes = PREFIXES[scheme] + OUTSIDE
    if ahead not in prefixes or prefix not in prefixes:
        return False
    within = ahead in "BI" and kind_before == kind
    if scheme == "IOB1":
        return prefix != "B" or within
    if scheme == "IOB2":
        return prefix != "I" or within
    return within and prefix in "IE" if ahead in "BI" else prefix not in "IE"


def ill_formed(tags: Sequence[str], scheme: str) -> int:
    """At how many places of a sentence, its start and end among them, two neighbours break the scheme."""
    row = [None, *tags, None]
    return sum(not may_follow(before, tag, scheme) for before, tag in pairwise(row))


def allowed(tags: Sequence[str], scheme: str) -> tuple[list[bool], list[bool], list[list[bool]]]:
    """Which tag may begin a sentence [K], which may end one [K], and `matrix[a][b]`: whether b may follow a [K][K]."""
    start = [may_follow(None, tag, scheme) for tag in tags]
    end = [may_follow(tag, None, scheme) for tag in tags]
    return start, end, [[may_follow(before, tag, scheme) for tag in tags] for before in tags]


def detect(sentences: Iterable[Sequence[str]]) -> str:
    """The scheme that these tags are of.

    BIOES where E- or S- occur. Else IOB1 where I- begins spans and B- never does so but right after its own kind. Else IOB2,
    in which an I- that begins a span is ill-formed.
    """
    bare_inside = bare_begin = False
    for tags in sentences:
        for before, tag in zip([None, *tags], tags, strict=False):
            prefix = parts(tag)[0]
            if prefix in "ES":
                return "BIOES"
            bare_begin |= prefix == "B" and not may_follow(before, tag, "IOB1")
            bare_inside |= prefix == "I" and not may_follow(before, tag, "IOB2")
    return "IOB1" if bare_inside and not bare_begin else "IOB2"
