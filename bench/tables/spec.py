"""What a sweep says about its own table: `config["sweep"]` of its records, read once. Keys may be left out.

    title: str                     heading of the table
    note: str                      ends the caption
    tune: {dotted key: [value]}    keys of which each row takes the best value on validation
    baseline: {dotted key: value}  the row that speeds are compared with, or null
    claims: [{claim, better, than, given, metric, split, data}]    `better` and `than` are rows: {dotted key: value}
    literature: [{source, metric, split, inputs, data, measured_on, values: [[name, value, row], ...]}]    figures of others
    across: [dotted key, ...]      keys in which alone data may differ that share a table (`bench.tables.datasets`)

Records of older schemas say the same in other words, one figure an entry and claims by which number is `higher`; both are read.
The newest record speaks for the sweep; other keys of the section belong to whoever wrote them. Nothing here is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from bench.records.flat import flatten
from bench.records.record import Record
from bench.tables.table import Better, TableError, Value


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
class Claim:
    """What our rows can bear out: the row `better` is better than the row `than`, by the metric.

    `metric` "" is the table's primary one, `split` "" the shown one, `data` "" every data set. `higher` and `lower` say it by
    which number is larger, as older records do, in place of `better` and `than`.
    """

    claim: str
    better: Mapping[str, Value] | None = None
    than: Mapping[str, Value] | None = None
    higher: Mapping[str, Value] | None = None
    lower: Mapping[str, Value] | None = None
    metric: str = ""
    split: str = ""
    data: str = ""

    @property
    def named(self) -> set[str]:
        """The keys that it names, in either row."""
        sides = (self.better, self.than, self.higher, self.lower)
        return {key for side in sides if side is not None for key in flatten(side)}

    def rows(self, better: Better) -> tuple[Mapping[str, Value], Mapping[str, Value]]:
        """(the row whose number is to be higher, the one whose is to be lower), of a metric that is `better` so."""
        if self.higher is not None and self.lower is not None:
            return self.higher, self.lower
        assert self.better is not None and self.than is not None
        return (self.than, self.better) if better == "lower" else (self.better, self.than)


@dataclass(frozen=True)
class Spec:
    title: str = ""
    note: str = ""
    tune: tuple[str, ...] = ()
    baseline: Mapping[str, Value] | None = None
    literature: tuple[Published, ...] = ()
    claims: tuple[Claim, ...] = ()
    across: tuple[str, ...] = ()


def of(records: Sequence[Record]) -> Spec:
    """What the record that finished last says; a configuration without a sweep has nothing to say."""
    newest = max(records, key=lambda record: record.finished)
    if "sweep" not in newest.config or newest.config["sweep"] is None:
        return Spec(title=newest.sweep)
    spec = parse(newest.config["sweep"])
    return spec if spec.title else replace(spec, title=newest.sweep)


def parse(section: Mapping[str, Any]) -> Spec:
    """The section as a sweep's yaml has it. Raises TableError, one sentence, for an entry that cannot be read."""
    names = {field.name for field in fields(Spec)}
    values = {key: value for key, value in section.items() if key in names and value is not None}
    for name in ("tune", "across"):
        if name in values:
            values[name] = tuple(values[name])
    if "literature" in values:
        values["literature"] = tuple(figure for entry in values["literature"] for figure in _figures(entry))
    if "claims" in values:
        values["claims"] = tuple(_claim(entry) for entry in values["claims"])
    return Spec(**values)


def _figures(entry: Mapping[str, Any]) -> Iterator[Published]:
    """Those of one entry: several of one source in `values`, or one of its own."""
    if "values" not in entry:
        yield _published(entry)
        return
    shared = {("note" if key == "inputs" else str(key)): value for key, value in entry.items() if key != "values"}
    for figure in entry["values"]:
        if not isinstance(figure, Sequence) or isinstance(figure, str) or not 2 <= len(figure) <= 3:
            raise TableError(
                f"The published figures of {entry.get('source')} have {figure!r}: give [name, value] or [name, value, row]."
            )
        name, value, row = (*figure, None)[:3]
        yield _published({**shared, "name": name, "value": value, "row": row})


def _published(entry: Mapping[str, Any]) -> Published:
    figure = Published(**_checked(entry, Published, label="A published figure"))
    if not figure.source:
        raise TableError(f"The published figure {figure.name!r} has no source: say where it was published.")
    try:
        float(str(figure.value).replace(",", ""))
    except ValueError as error:
        raise TableError(f"The published figure {figure.name!r} has value {figure.value!r}: give a number.") from error
    return figure


def _claim(entry: Mapping[str, Any]) -> Claim:
    """`given` says what both rows share."""
    shared = entry.get("given") or {}
    sides = ("better", "than", "higher", "lower")
    for key in ("given", *sides):
        if not isinstance(entry.get(key) or {}, Mapping):
            raise TableError(f"The claim {entry.get('claim')!r} has {key}: {entry[key]}: give a row as {{dotted key: value}}.")
    merged = {key: {**shared, **value} if key in sides and value else value for key, value in entry.items() if key != "given"}
    claim = Claim(**_checked(merged, Claim, label="A claim"))
    by_quality, by_number = (claim.better, claim.than), (claim.higher, claim.lower)
    if not (all(by_quality) or all(by_number)) or (any(by_quality) and any(by_number)):
        raise TableError(f"The claim {claim.claim!r} does not name two rows: give better and than as {{dotted key: value}}.")
    return claim


def _checked(entry: Mapping[str, Any], kind: type[Published] | type[Claim], *, label: str) -> dict[str, Any]:
    """The entry without its nulls; it has every required field of `kind` and no unknown one."""
    present = {str(key): value for key, value in entry.items() if value is not None}
    required = [field.name for field in fields(kind) if field.default is MISSING]
    allowed = [field.name for field in fields(kind)]
    if set(required) - set(present) or set(present) - set(allowed):
        raise TableError(
            f"{label} has {', '.join(present) or 'nothing'}: it needs {', '.join(required)}, and may have "
            f"{', '.join(name for name in allowed if name not in required)}."
        )
    return present
