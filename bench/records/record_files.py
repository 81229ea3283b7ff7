"""The records of a folder: one file a run where runs write them, one file a sweep where it is published.

    runs/<sweep>/records/<run_id>.json      see `bench.records.record`
    results/<sweep>/records.jsonl           one line a run, what all share said once

The first line of the second has the `schema`, the number of `records`, why the sweep is `stale` (null where it is not), and
`shared`: a record in which `{"$": "run"}` stands wherever the runs differ. The other lines, sorted by run_id, have what stands
there. Nothing is lost by that, the order of keys included.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.records import record
from bench.records.record import Head, Json, Record, RecordError, from_payload, standard

NAME = "records.jsonl"
OWN = {"$": "run"}
AGAIN = "restore the published file, or publish the sweep again"


@dataclass(frozen=True)
class Packed:
    """A published sweep. `stale`: why its runs do not come out today as they stand there, or None."""

    records: list[Record]
    stale: str | None


def path_of(folder: Path) -> Path:
    """Where the records of a published sweep lie."""
    return folder / NAME


def read_all(folder: Path) -> list[Record]:
    """All records of the folder of a sweep, by run_id; empty where nothing has been recorded yet."""
    if path_of(folder).is_file():
        return read(path_of(folder)).records
    return sorted(map(record.read_once, _paths(folder)), key=lambda run: run.run_id)


def heads(folder: Path) -> dict[str, Head]:
    """How each run of the folder of a sweep ended, by run_id, without what it measured."""
    if path_of(folder).is_file():
        return {run.run_id: record.head(run) for run in read(path_of(folder)).records}
    return {head.run_id: head for head in map(record.head_of, _paths(folder))}


def _paths(folder: Path) -> Iterator[Path]:
    return (path for path in (folder / "records").glob("*.json") if not path.name.startswith("."))


def stale(folder: Path) -> str | None:
    """Why a published sweep does not come out today as it stands there; None where it does, and of what is not published."""
    return read(path_of(folder)).stale if path_of(folder).is_file() else None


def text_of(records: Sequence[Record], *, stale: str | None = None) -> str:
    """The records, at least one, as the text of the file. Raises RecordError where a run occurs twice."""
    payloads = [standard(asdict(run), run.run_id) for run in sorted(records, key=lambda run: run.run_id)]
    _check_once([payload["run_id"] for payload in payloads], "these records")
    shared = _shared(payloads)
    head = {"schema": payloads[0]["schema"], "records": len(payloads), "stale": stale, "shared": shared}
    lines = [head, *({} if shared == OWN else _differing(payload, shared) for payload in payloads)]
    return "".join(json.dumps(line, ensure_ascii=False, separators=(", ", ": ")) + "\n" for line in lines)


def read(path: Path) -> Packed:
    """Raises RecordError, one sentence that names the line, for what is cut, damaged or of a newer schema."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines.pop() != "":
        raise RecordError(f"{path} is truncated in line {len(lines) + 1}: {AGAIN}.")
    head, *rows = (_parsed(path, number, line) for number, line in enumerate(lines, 1)) if lines else ({},)
    if set(head) != {"schema", "records", "stale", "shared"}:
        raise RecordError(f"line 1 of {path} is not the header of published records: publish the sweep again.")
    if len(rows) != head["records"]:
        raise RecordError(f"{path} has {len(rows)} records where its first line says {head['records']}: {AGAIN}.")
    records = []
    for number, row in enumerate(rows, 2):
        try:
            joined = _merged(row, head["shared"])
        except (KeyError, TypeError, AttributeError) as error:
            raise RecordError(f"line {number} of {path} lacks {error}: restore the published file.") from error
        records.append(from_payload({**joined, "schema": head["schema"]}, f"in line {number} of {path}"))
    _check_once([run.run_id for run in records], str(path))
    return Packed(records, head["stale"])


def _check_once(run_ids: Sequence[str], label: str) -> None:
    if duplicates := sorted({run_id for run_id in run_ids if run_ids.count(run_id) > 1}):
        raise RecordError(f"run {duplicates[0]} is in {label} twice: keep one of them.")


def _parsed(path: Path, number: int, line: str) -> Json:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise RecordError(f"line {number} of {path} is not JSON ({error}): {AGAIN}.") from error
    if not isinstance(content, dict):
        raise RecordError(f"line {number} of {path} is not a JSON object: publish the sweep again.")
    return content


def _shared(values: Sequence[Any]) -> Any:
    """What all have, `OWN` where they differ; mappings are gone into where all have the same keys in the same order."""
    first = values[0]
    if all(value == first and type(value) is type(first) and _order(value) == _order(first) for value in values):
        return first
    if all(isinstance(value, Mapping) and list(value) == list(first) for value in values) and isinstance(first, Mapping):
        return {key: _shared([value[key] for value in values]) for key in first}
    return OWN


def _order(value: Any) -> Any:
    """A value with the order of its keys, and 1 told from 1.0, which compare as equal."""
    return json.dumps(value)


def _differing(value: Any, shared: Any) -> Any:
    """What of a record is not shared."""
    different = {key: part for key, part in shared.items() if _differs(part)}
    return {key: value[key] if part == OWN else _differing(value[key], part) for key, part in different.items()}


def _differs(shared: Any) -> bool:
    return shared == OWN or (isinstance(shared, Mapping) and any(_differs(part) for part in shared.values()))


def _merged(line: Any, shared: Any) -> Any:
    """A record from what is shared and what is its own."""
    if not isinstance(shared, Mapping):
        return shared
    return {
        key: line[key] if part == OWN else _merged(line[key], part) if _differs(part) else part for key, part in shared.items()
    }
