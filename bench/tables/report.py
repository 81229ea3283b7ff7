"""What a sweep says about its own table: `config["report"]` of its records, read once. Keys may be left out.

    title: str                     heading of the table
    note: str                      ends the caption
    tuned: [dotted key, ...]       keys of which each row takes the best value on validation
    baseline: {dotted key: value}  the row that speeds are compared with, or null
    published: [{name, metric, split, value, source, note, data}]   figures of others

The newest record speaks for the sweep; other keys of the section belong to whoever wrote them. Nothing here is
measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bench.record import Record
from bench.tables.table import TableError, Value


@dataclass(frozen=True)
class Published:
    """A figure that somebody else printed. `value` may be text, to keep its digits; `data` "" fits every data set."""

    name: str
    metric: str
    split: str
    value: float | str
    source: str
    note: str = ""
    data: str = ""


@dataclass(frozen=True)
class Report:
    title: str = ""
    note: str = ""
    tuned: tuple[str, ...] = ()
    baseline: Mapping[str, Value] | None = None
    published: tuple[Published, ...] = ()


def of(records: Sequence[Record]) -> Report:
    """The report section of the record that finished last; a config without one gives an empty report."""
    newest = max(records, key=lambda record: record.finished)
    if "report" not in newest.config or newest.config["report"] is None:
        return Report(title=newest.sweep)
    known = {field.name for field in fields(Report)}
    given = {key: value for key, value in newest.config["report"].items() if key in known and value is not None}
    if "tuned" in given:
        given["tuned"] = tuple(given["tuned"])
    if "published" in given:
        given["published"] = tuple(_published(entry) for entry in given["published"])
    report = Report(**given)
    return report if report.title else replace(report, title=newest.sweep)


def _published(entry: Mapping[str, Any]) -> Published:
    try:
        figure = Published(**{key: value for key, value in entry.items() if value is not None})
    except TypeError as error:
        raise TableError(f"A published figure needs name, metric, split, value and source ({error}).") from error
    if not figure.source:
        raise TableError(f"The published figure {figure.name!r} names no source: say where it was printed.")
    return figure
