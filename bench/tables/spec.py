"""What a sweep says about its own table: `config["report"]` of its records, read once. Keys may be left out.

    title: str                     heading of the table
    note: str                      ends the caption
    tuned: [dotted key, ...]       keys of which each row takes the best value on validation
    baseline: {dotted key: value}  the row that speeds are compared with, or null
    published: [{name, metric, split, value, source, note, data, measured_on, row}]   figures of others; `row` is ours for it
    across: [dotted key, ...]      keys in which alone data may differ that share a table (`bench.tables.datasets`)
    findings: [{claim, higher, lower, metric, split, data}]   `higher` and `lower` are rows: {dotted key: value}

The newest record speaks for the sweep; other keys of the section belong to whoever wrote them. Nothing here is
measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from bench.records.record import Record
from bench.tables.table import TableError, Value


@dataclass(frozen=True)
class Published:
    """A figure that somebody else printed. `value` may be text, to keep its digits; `data` "" fits every data set.

    `row` says which of our rows stands for it: it is then compared with that one (`bench.tables.against_published`).
    `measured_on` names the data where these are others than ours: such figures compare as differences among themselves, never
    with ours.
    """

    name: str
    metric: str
    split: str
    value: float | str
    source: str
    note: str = ""
    data: str = ""
    measured_on: str = ""
    row: Mapping[str, Value] | None = None

    @property
    def number(self) -> float:
        return float(str(self.value).replace(",", ""))

    @property
    def notes(self) -> str:
        """Its data, where they are others than ours, and its note."""
        return ", ".join(part for part in (self.measured_on, self.note) if part)


@dataclass(frozen=True)
class Finding:
    """A claim that our rows can bear out: the metric of the row `higher` lies above that of the row `lower`.

    `metric` "" is the table's primary one, `split` "" the shown one, `data` "" every data set.
    """

    claim: str
    higher: Mapping[str, Value]
    lower: Mapping[str, Value]
    metric: str = ""
    split: str = ""
    data: str = ""


@dataclass(frozen=True)
class Report:
    title: str = ""
    note: str = ""
    tuned: tuple[str, ...] = ()
    baseline: Mapping[str, Value] | None = None
    published: tuple[Published, ...] = ()
    findings: tuple[Finding, ...] = ()
    across: tuple[str, ...] = ()


def of(records: Sequence[Record]) -> Report:
    """The report section of the record that finished last; a config without one gives an empty report."""
    newest = max(records, key=lambda record: record.finished)
    if "report" not in newest.config or newest.config["report"] is None:
        return Report(title=newest.sweep)
    report = parse(newest.config["report"])
    return report if report.title else replace(report, title=newest.sweep)


def parse(section: Mapping[str, Any]) -> Report:
    """The section as a sweep's yaml has it. Raises TableError, one sentence, for an entry that cannot be read."""
    known = {field.name for field in fields(Report)}
    given = {key: value for key, value in section.items() if key in known and value is not None}
    for name in ("tuned", "across"):
        if name in given:
            given[name] = tuple(given[name])
    if "published" in given:
        given["published"] = tuple(_published(entry) for entry in given["published"])
    if "findings" in given:
        given["findings"] = tuple(_finding(entry) for entry in given["findings"])
    return Report(**given)


def _published(entry: Mapping[str, Any]) -> Published:
    figure = Published(**_checked(entry, Published, what="A published figure"))
    if not figure.source:
        raise TableError(f"The published figure {figure.name!r} names no source: say where it was printed.")
    try:
        float(str(figure.value).replace(",", ""))
    except ValueError as error:
        raise TableError(f"The published figure {figure.name!r} has value {figure.value!r}: give a number.") from error
    return figure


def _finding(entry: Mapping[str, Any]) -> Finding:
    finding = Finding(**_checked(entry, Finding, what="A finding"))
    if not finding.higher or not finding.lower:
        raise TableError(f"The finding {finding.claim!r} names no row: give higher and lower as {{dotted key: value}}.")
    return finding


def _checked(entry: Mapping[str, Any], kind: type[Published] | type[Finding], *, what: str) -> dict[str, Any]:
    """The entry without its nulls, which has what `kind` needs and nothing that it does not know."""
    given = {str(key): value for key, value in entry.items() if value is not None}
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    known = [field.name for field in fields(kind)]
    if set(needed) - set(given) or set(given) - set(known):
        raise TableError(
            f"{what} has {', '.join(given) or 'nothing'}: it needs {', '.join(needed)}, and may have "
            f"{', '.join(name for name in known if name not in needed)}."
        )
    return given
