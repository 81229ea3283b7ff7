"""Where the numbers of a table come from: data, code, machine, versions; and sentences on what was not the same.

Digests of the training sources differ by right between rows that use different modules, so between rows they count only
where the commits do not already say that the sources were the same; within a row they must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from bench.records.record import Record
from bench.tables import config_keys
from bench.tables.comparison import Draft
from bench.tables.tuning import Measured

PLACES = ("processor", "accelerator", "threads")
NAMED = 4
"""As many rows are named; of further ones their number is."""


def data(draft: Draft) -> list[str]:
    """Name, digest and sizes of the data, and the notes that its reader made; of several data sets what they have in common."""
    told = draft.data
    if not told:
        return ["Data: no run got as far as reading them."]
    sizes = ", ".join(f"{split} {size(items)}" for split, items in told["splits"].items())
    unit = f" {told['unit']}" if told.get("unit") else ""
    notes = dict.fromkeys(str(note) for record in draft.records for note in record.data.get("notes") or [])
    if draft.across:
        every = [record.data.get("notes") or [] for record in draft.records if record.data]
        shared = [note for note in notes if all(note in own for own in every)]
        return [f"Data: {told['name']}; {sizes}{unit}.", _several(draft), *(_sentence(note) for note in shared)]
    first = f"Data: {told['name']}, sha256 {str(told['sha256'])[:12]}; {sizes}{unit}."
    return [first, *(_sentence(note) for note in notes)]


def _several(draft: Draft) -> str:
    """Which data there are, by the keys in which they differ."""
    found: dict[str, str] = {}
    for row in draft.rows:
        for record in row.records:
            if record.data:
                values = config_keys.values_at(config_keys.flatten(record.config), draft.across)
                found.setdefault(", ".join(map(config_keys.label, values)), str(record.data["sha256"])[:12])
    listed = ", ".join(f"{place} (sha256 {digest})" for place, digest in found.items())
    return (
        f"Rows of another {' or '.join(draft.across)} are on other data, which differ in nothing else: {listed}; they are not "
        "ranked against one another."
    )


def machine(draft: Draft) -> list[str]:
    """One line where all shown runs ran alike; one more for each thing that differed, with the rows that had it."""
    records = [record for row in draft.rows for record in row.ok]
    if not records:
        return []
    same: list[str] = []
    different: list[str] = []
    for key in PLACES:
        values = _distinct(record.machine.get(key) for record in records)
        if len(values) == 1:
            same.append(_place(key, values[0]))
        else:
            different.append(_by_row(draft, partial(_own_place, key)))
    for name in dict.fromkeys(name for record in records for name in _versions(record)):
        values = _distinct(_versions(record).get(name) for record in records)
        if len(values) > 1:
            different.append(f"{name} {_by_row(draft, partial(_version, name))}")
        elif values[0]:
            same.append(f"{name} {values[0]}")
    lines = [f"Machine: {', '.join(filter(None, same))}."]
    if different:
        lines.append(f"Not all rows ran alike: {'; '.join(different)}.")
    return [*lines, *_code(draft, records)]


def _versions(record: Record) -> dict[str, Any]:
    return record.machine.get("versions") or {}


def _version(name: str, record: Record) -> str:
    return str(_versions(record).get(name) or "absent")


def _own_place(key: str, record: Record) -> str:
    return _place(key, record.machine.get(key)) or f"no {key}"


def _code(draft: Draft, records: Sequence[Record]) -> list[str]:
    commits = _distinct(record.code.get("commit") for record in records)
    dirty = any(record.code.get("dirty") for record in records)
    changes = ", with uncommitted changes" if dirty else ""
    lines = [f"Code: commit {_commit(records[0])}{changes}."] if len(commits) == 1 and commits[0] else []
    digests = _distinct(record.code.get("digest") for record in records)
    mixed = [row for row in draft.rows if len(_distinct(record.code.get("digest") for record in row.ok)) > 1]
    sure = len(commits) == 1 and commits[0] and not dirty
    if mixed:
        lines.append(f"Not all seeds of a row were trained by the same sources, their digests differ: {names(draft, mixed)}.")
    if len(commits) > 1:
        lines.append(f"Not all runs were made at the same commit: {_by_row(draft, _commit)}{changes}.")
    elif len(digests) > 1 and not sure and not mixed:
        lines.append("The digests of the sources that train differ between rows, and no clean commit vouches for them.")
    return lines


def _commit(record: Record) -> str:
    return str(record.code.get("commit") or "unknown")[:12]


def _by_row(draft: Draft, told: Callable[[Record], str]) -> str:
    """What was told of the runs, each with the rows that have it: `Processor X (lstm) / Processor Y (gru)`."""
    found: dict[str, list[Measured]] = {}
    for row in draft.rows:
        for text in _distinct(told(record) for record in row.ok):
            found.setdefault(text, []).append(row)
    return " / ".join(f"{text} ({names(draft, rows)})" for text, rows in found.items())


def names(draft: Draft, rows: Sequence[Measured]) -> str:
    """The first of the rows, and how many more there are."""
    told = "; ".join(draft.name_of(row) for row in rows[:NAMED])
    return f"{told}; and {len(rows) - NAMED} more rows" if len(rows) > NAMED else told


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
