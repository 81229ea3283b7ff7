"""Where the numbers of a table come from: data, code, machine, versions; and sentences on what was not the same.

Digests of the training sources differ by right between rows that use different modules, so between rows they count only
where the commits do not already say that the sources were the same; within a row they must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from bench.records.machine import processor_of
from bench.records.record import Record
from bench.tables import config_keys
from bench.tables.comparison import Comparison
from bench.tables.tuning import Measured

HARDWARE = ("processor", "accelerator", "threads")
PRECISION = "trainer.precision"
NAMED = 4
"""As many rows are named; of further ones their number is."""


def data(comparison: Comparison) -> list[str]:
    """Name, digest and sizes of the data, and the notes that its reader made; of several data sets what they have in common."""
    description = comparison.data
    if not description:
        return ["Data: unknown, since no run loaded them."]
    sizes = ", ".join(f"{split} {size(items)}" for split, items in description["splits"].items())
    unit = f" {description['unit']}" if description.get("unit") else ""
    notes = dict.fromkeys(str(note) for record in comparison.records for note in record.data.get("notes") or [])
    if comparison.across:
        notes_of_runs = [record.data.get("notes") or [] for record in comparison.records if record.data]
        shared = [note for note in notes if all(note in notes_of_run for notes_of_run in notes_of_runs)]
        return [f"Data: {description['name']}; {sizes}{unit}.", _several(comparison), *(_sentence(note) for note in shared)]
    first = f"Data: {description['name']}, sha256 {str(description['sha256'])[:12]}; {sizes}{unit}."
    return [first, *(_sentence(note) for note in notes)]


def _several(comparison: Comparison) -> str:
    """Which data there are, by the keys in which they differ."""
    digests: dict[str, str] = {}
    for row in comparison.rows:
        for record in row.records:
            if record.data:
                values = config_keys.values_at(record.flat, comparison.across)
                digests.setdefault(", ".join(map(config_keys.label, values)), str(record.data["sha256"])[:12])
    listed = ", ".join(f"{value} (sha256 {digest})" for value, digest in digests.items())
    return (
        f"Rows with different {' or '.join(comparison.across)} are on different data, which differ in nothing else: {listed}; "
        "these rows are not ranked against one another."
    )


def conditions(comparison: Comparison) -> list[str]:
    """Precision, processor, accelerator and threads, in one line: of each that differs, the rows that had it."""
    records = [record for row in comparison.rows for record in row.ok]
    if not records:
        return []
    same: list[str] = []
    different: list[str] = []
    texts: list[Callable[[Record], str]] = [_precision, *(partial(_hardware_of, key) for key in HARDWARE)]
    for text_of in texts:
        values = _distinct(text_of(record) for record in records)
        if len(values) > 1:
            different.append(_by_row(comparison, text_of))
        elif values[0] and not values[0].startswith("no "):
            same.append(values[0])
    sentences = [f"Conditions: {', '.join(same)}."] if same else []
    if different:
        sentences.append(f"Rows ran under different conditions: {'; '.join(different)}.")
    return [" ".join(sentences)] if sentences else []


def machine(comparison: Comparison) -> list[str]:
    """The versions that all shown runs ran with; one line more for what differs, with the rows that had it."""
    records = [record for row in comparison.rows for record in row.ok]
    if not records:
        return []
    same: list[str] = []
    different: list[str] = []
    for name in dict.fromkeys(name for record in records for name in _versions(record)):
        values = _distinct(_versions(record).get(name) for record in records)
        if len(values) > 1:
            different.append(f"{name} {_by_row(comparison, partial(_version, name))}")
        elif values[0]:
            same.append(f"{name} {values[0]}")
    lines = [f"Versions: {', '.join(filter(None, same))}."] if same else []
    if different:
        lines.append(f"Rows ran with different versions: {'; '.join(different)}.")
    return [*lines, *_code(comparison, records)]


def families(records: Iterable[Record]) -> list[str]:
    """The families of processors, or the accelerators, that the runs ran on: the same code gives the same bits within one."""
    return _distinct(str(record.machine.get("accelerator") or processor_of(record.machine) or "unknown") for record in records)


def _versions(record: Record) -> dict[str, Any]:
    return record.machine.get("versions") or {}


def _version(name: str, record: Record) -> str:
    return str(_versions(record).get(name) or "absent")


def _precision(record: Record) -> str:
    """float32, unless the configuration says otherwise: records from before the key was there have no other."""
    precision = config_keys.at(record.flat, PRECISION)
    return str(precision or "float32") if "trainer" in record.config else ""


def _hardware_of(key: str, record: Record) -> str:
    value = processor_of(record.machine) if key == "processor" else record.machine.get(key)
    return _hardware_label(key, value) or f"no {key}"


def _code(comparison: Comparison, records: Sequence[Record]) -> list[str]:
    commits = _distinct(record.code.get("commit") for record in records)
    dirty = any(record.code.get("dirty") for record in records)
    changes = ", with uncommitted changes" if dirty else ""
    lines = [f"Code: commit {_commit(records[0])}{changes}."] if len(commits) == 1 and commits[0] else []
    digests = _distinct(record.code.get("digest") for record in records)
    mixed = [row for row in comparison.rows if len(_distinct(record.code.get("digest") for record in row.ok)) > 1]
    certain = len(commits) == 1 and commits[0] and not dirty
    if mixed:
        lines.append(f"Some rows mix runs of different source code (their digests differ): {names(comparison, mixed)}.")
    if len(commits) > 1:
        lines.append(f"Runs were made at different commits: {_by_row(comparison, _commit)}{changes}.")
    elif len(digests) > 1 and not certain and not mixed:
        lines.append("The training code may differ between rows: its digests differ, and no single clean commit is known.")
    return lines


def _commit(record: Record) -> str:
    return str(record.code.get("commit") or "unknown")[:12]


def _by_row(comparison: Comparison, text_of: Callable[[Record], str]) -> str:
    """The texts of the runs, each with the rows that have it: `Processor X (lstm) / Processor Y (gru)`."""
    rows_by_text: dict[str, list[Measured]] = {}
    for row in comparison.rows:
        for text in _distinct(text_of(record) for record in row.ok):
            rows_by_text.setdefault(text, []).append(row)
    return " / ".join(f"{text} ({names(comparison, rows)})" for text, rows in rows_by_text.items())


def names(comparison: Comparison, rows: Sequence[Measured]) -> str:
    """The first of the rows, and how many more there are."""
    listed = "; ".join(comparison.name_of(row) for row in rows[:NAMED])
    return f"{listed}; and {len(rows) - NAMED} more rows" if len(rows) > NAMED else listed


def _hardware_label(key: str, value: Any) -> str:
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
