"""Where the numbers of a table come from: data, code, machine, versions; and sentences on what was not the same.

Digests of the training sources differ by right between rows that use different modules, so between rows they count only
where the commits do not already say that the sources were the same; within a row they must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bench.record import Record
from bench.tables.draft import Draft
from bench.tables.tuning import Measured

PLACES = ("processor", "accelerator", "threads")


def data(draft: Draft) -> list[str]:
    """Name, digest and sizes of the data, and the notes that its reader made."""
    told = draft.data
    if not told:
        return ["Data: no run got as far as reading them."]
    sizes = ", ".join(f"{split} {size(items)}" for split, items in told["splits"].items())
    unit = f" {told['unit']}" if told.get("unit") else ""
    notes = dict.fromkeys(str(note) for record in draft.records for note in record.data.get("notes") or [])
    first = f"Data: {told['name']}, sha256 {str(told['sha256'])[:12]}; {sizes}{unit}."
    return [first, *(_sentence(note) for note in notes)]


def machine(draft: Draft) -> list[str]:
    """One line where all shown runs ran alike; one more for each thing that differed."""
    records = [record for row in draft.rows for record in row.ok]
    if not records:
        return []
    same: list[str] = []
    different: list[str] = []
    for key in PLACES:
        values = _distinct(record.machine.get(key) for record in records)
        text = [_place(key, value) for value in values]
        (same if len(values) == 1 else different).extend(text if len(values) == 1 else [" / ".join(text)])
    versions, changed = _versions(records)
    lines = [f"Machine: {', '.join(filter(None, [*same, *versions]))}."]
    if different or changed:
        lines.append(f"Not all rows ran alike: {'; '.join([*different, *changed])}.")
    return [*lines, *_code(draft.rows, records)]


def _versions(records: Sequence[Record]) -> tuple[list[str], list[str]]:
    names = dict.fromkeys(name for record in records for name in record.machine.get("versions") or {})
    same, changed = [], []
    for name in names:
        values = _distinct((record.machine.get("versions") or {}).get(name) for record in records)
        if len(values) > 1:
            changed.append(f"{name} {' / '.join(str(value or 'absent') for value in values)}")
        elif values[0]:
            same.append(f"{name} {values[0]}")
    return same, changed


def _code(rows: Sequence[Measured], records: Sequence[Record]) -> list[str]:
    commits = _distinct(record.code.get("commit") for record in records)
    dirty = any(record.code.get("dirty") for record in records)
    named = [str(commit)[:12] if commit else "unknown" for commit in commits]
    changes = ", with uncommitted changes" if dirty else ""
    lines = [f"Code: commit {named[0]}{changes}."] if len(named) == 1 and commits[0] else []
    digests = _distinct(record.code.get("digest") for record in records)
    mixed_rows = [row for row in rows if len(_distinct(record.code.get("digest") for record in row.ok)) > 1]
    sure = len(commits) == 1 and commits[0] and not dirty
    if mixed_rows:
        lines.append("Not all seeds of a row were trained by the same sources: their digests differ.")
    if len(commits) > 1:
        lines.append(f"Not all runs were made at the same commit: {', '.join(named)}{changes}.")
    elif len(digests) > 1 and not sure and not mixed_rows:
        lines.append("The digests of the sources that train differ between rows, and no clean commit vouches for them.")
    return lines


def _place(key: str, value: Any) -> str:
    if key == "threads":
        return "" if value is None else f"{value} thread{'' if value == 1 else 's'}"
    return "" if key == "accelerator" and value is None else str(value or f"unknown {key}")


def size(split: Any) -> str:
    """How large a split is: a number, or several with their units."""
    if isinstance(split, dict):
        return " and ".join(f"{size(value)} {unit}" for unit, value in split.items())
    return f"{split:,}" if isinstance(split, int) else str(split)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
