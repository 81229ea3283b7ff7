"""Text that has the form of something else, a table, JSON or markup, and is read as it stands: what is said of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from bench.data.sources.lines import lines_of

LEAST = 3  # lines, of which a form can be told
SHARE = 0.9  # of the lines
SIGNS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar"}
MARKUP = {"<!doctype html": "HTML", "<html": "HTML", "<?xml": "XML", "{\\rtf": "RTF", "%!ps": "PostScript"}
AS_IT_STANDS = "is read as it stands; give a file of the texts alone if those are meant"


def other_forms(texts: Mapping[str, str]) -> list[str]:
    """A note for each split whose text is JSON, markup or a table by its form."""
    notes = []
    for split, text in texts.items():
        if form := _form(text):
            notes.append(f"the {'' if split == 'all' else f'{split} '}text {form}: it {AS_IT_STANDS}")
    return notes


def _form(text: str) -> str | None:
    start = text[:200].lstrip().lower()
    if kind := next((kind for sign, kind in MARKUP.items() if start.startswith(sign)), None):
        return f"begins as {kind} does"
    if start.startswith(("{", "[")) and _is_json(text):
        return "is JSON"
    lines = [line for line in lines_of(text) if line.strip()]
    if len(lines) < LEAST:
        return None
    objects = sum(line.lstrip().startswith(("{", "[")) and _is_json(line.strip().removesuffix(",")) for line in lines)
    if objects >= SHARE * len(lines):
        return f"has {objects:,} lines of JSON"
    return _table(lines)


def _table(lines: Sequence[str]) -> str | None:
    for sign, called in SIGNS.items():
        counts = Counter(line.count(sign) for line in lines)
        (count, rows), *_ = counts.most_common(1)
        if count and rows >= SHARE * len(lines):
            return f"has {rows:,} lines with {count} {called}{'s' * (count > 1)} each, as rows of a table have"
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
