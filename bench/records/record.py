"""The record of one run: everything that a table needs, as plain JSON, written once and read for ever.

A record lies at `results/<sweep>/records/<run_id>.json`. It is whole or absent: it is written to a temporary file in
the same folder, flushed to the disk and renamed (POSIX promises that a rename is atomic). A newer schema is refused;
an older one passes through `UPGRADES`, one function a version, and these functions stay.

It is not a log (nothing is appended), it knows no task, and it hides no secrets: who fills `config` redacts it first.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench.errors import Refusal
from bench.moved import config_of_today
from bench.records.flat import Value, flatten
from bench.records.temporary import beside
from bench.records.upgrades import UPGRADES

FINISHED = ("ok", "diverged")
"""The statuses of a run that would come out the same again; another one is run again."""
SCHEMA = 3
AGAIN = "delete the file, and the run will be repeated"
HEAD_BYTES, END = 4096, b"}\n"
FRESH_S = 2.0
STATUSES = ("ok", "failed", "diverged", "killed", "interrupted", "out_of_memory")

Json = dict[str, Any]


class RecordError(Refusal):
    """A record that cannot be written or read; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Record:
    """One run. Keys inside the mappings are those of the contract; what a failed run never reached is empty or None.

    `metrics` is split -> name -> {value, unit, better, count, signature}, and the first name of a split is its primary
    metric. `former` are the names that the run had under older rules, {run_id, train_id, commit}. `speed` is name -> {samples,
    median, unit, pass}: samples of equal index in one pass were taken next to each other in time. `error` is {type, message},
    or None for a run that is ok.
    """

    schema: int
    run_id: str
    train_id: str
    former: list[Json]
    sweep: str
    started: str
    finished: str
    status: str
    error: Json | None
    config: Json
    data: Json
    code: Json
    machine: Json
    parameters: int | None
    train: Json
    metrics: dict[str, dict[str, Json]]
    speed: dict[str, Json]

    @cached_property
    def flat(self) -> Mapping[str, Value]:
        """The configuration as dotted keys."""
        return flatten(self.config)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise RecordError(
                f"Status {self.status!r} of run {self.run_id} is unknown: it must be one of {', '.join(STATUSES)}."
            )


KEYS = tuple(field.name for field in fields(Record))


def with_speed(record: Record, speed: Mapping[str, Json]) -> Record:
    """The same run with the outcome of a speed pass; measurements of an earlier pass are replaced as a whole."""
    return replace(record, speed=dict(speed))


def write(record: Record, folder: Path) -> Path:
    """Write to `folder/records/<run_id>.json` (`folder` is `results/<sweep>`), whole or not at all; return the path.

    NaN and the infinities become null, since standard JSON has no word for them. What JSON cannot hold is refused.
    """
    if not record.run_id or Path(record.run_id).name != record.run_id or record.run_id.startswith("."):
        raise RecordError(f"Run id {record.run_id!r} cannot name a file: give letters, digits and hyphens only.")
    payload = {key: standard(getattr(record, key), key) for key in KEYS}
    path = path_of(folder, record.run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, _layout(payload) + "\n")
    return path


def path_of(folder: Path, run_id: str) -> Path:
    """Where the record of a run lies in the folder of its sweep."""
    return folder / "records" / f"{run_id}.json"


def read(path: Path) -> Record:
    """Read one record, upgraded to the present schema."""
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"Record {path} cannot be read ({error}): {AGAIN}.") from error
    return from_payload(payload, str(path))


def read_once(path: Path) -> Record:
    """As `read`; what this process read before is not read again while its file is the same. Change nothing in it."""
    try:
        with open(path, "rb") as opened:  # a network file system then asks its server anew
            stat = os.fstat(opened.fileno())
    except OSError:
        return read(path)
    file, stamp = (stat.st_dev, stat.st_ino), (stat.st_size, stat.st_mtime_ns)
    if file not in _READ or _READ[file][0] != stamp:
        run = read(path)
        if time.time_ns() - stat.st_mtime_ns < FRESH_S * 1e9:  # written over within a tick of the clock, it would look the same
            return run
        _READ[file] = (stamp, run)
    return _READ[file][1]


_READ: dict[tuple[int, int], tuple[tuple[int, int], Record]] = {}


class Head(NamedTuple):
    """How a run ended, without what it measured: the first keys of its record."""

    run_id: str
    started: str
    finished: str
    status: str
    error: Json | None


def head_of(path: Path) -> Head:
    """The head of a record, read without the rest where the file is laid out as `write` does it. Raises RecordError."""
    try:
        with open(path, "rb") as file:
            start = file.read(HEAD_BYTES)
            file.seek(-len(END), os.SEEK_END)
            complete = file.read() == END
    except OSError as error:
        raise RecordError(f"Record {path} cannot be read ({error}): {AGAIN}.") from error
    keys, config, _ = start.partition(b',\n "config": ')
    with contextlib.suppress(ValueError, KeyError, TypeError):
        payload = json.loads(keys + b"}") if config and complete else {}
        if payload["schema"] == SCHEMA and payload["status"] in STATUSES:
            return Head(*(payload[key] for key in Head._fields))
    return head(read(path))


def head(record: Record) -> Head:
    return Head(*(getattr(record, key) for key in Head._fields))


def from_payload(payload: Any, label: str) -> Record:
    """The record that plain JSON holds, upgraded to the present schema; `label` is its location, for error messages."""
    if not isinstance(payload, dict):
        raise RecordError(f"Record {label} is not a JSON object: {AGAIN}.")
    payload = _upgraded(payload, label)
    missing, unknown = set(KEYS) - set(payload), set(payload) - set(KEYS)
    if missing or unknown:
        wrong = ", ".join([f"no {key}" for key in sorted(missing)] + [f"an unknown {key}" for key in sorted(unknown)])
        raise RecordError(f"Record {label} has {wrong}: {AGAIN}.")
    if not isinstance(payload["config"].get("seed"), int):
        raise RecordError(f"Record {label} has no integer config.seed: {AGAIN}.")
    return Record(**{**payload, "config": config_of_today(payload["config"])})


def write_atomically(path: Path, text: str) -> None:
    """Put `text` at `path` in UTF-8, as `replace_atomically` puts bytes."""
    # A lone surrogate (from a file name that is not UTF-8) becomes the escape that JSON has for it.
    replace_atomically(path, text.encode("utf-8", "backslashreplace"))


def replace_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`: a reader sees the old file or the new one, also after a crash or a power cut.

    Raises OSError, and keeps the old file, where the disk does not give back what was written.
    """
    temporary = beside(path)
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != content:
            raise OSError(errno.EIO, "the disk returned other bytes than were written", str(temporary))
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open a folder; its rename is durable without this
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _upgraded(payload: Json, label: str) -> Json:
    if "schema" not in payload or not isinstance(payload["schema"], int):
        raise RecordError(f"Record {label} has no integer schema: {AGAIN}.")
    if payload["schema"] > SCHEMA:
        raise RecordError(
            f"Record {label} has schema {payload['schema']}, newer than {SCHEMA}, the newest that this version reads: "
            "update the bench."
        )
    for version in range(payload["schema"], SCHEMA):
        if version not in UPGRADES:
            raise RecordError(f"Record {label} has schema {version}, and there is no upgrade from it: delete the file.")
        try:
            payload = {**UPGRADES[version](payload), "schema": version + 1}
        except (KeyError, TypeError, AttributeError) as error:
            raise RecordError(f"Record {label} lacks a field of schema {version} ({error!r}): {AGAIN}.") from error
    return payload


def standard(value: Any, path: str) -> Any:
    """The value in standard JSON types; `path` names it in the error."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [standard(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        wrong = [key for key in value if not isinstance(key, str)]
        if wrong:
            raise RecordError(f"Record key {wrong[0]!r} in {path} is not a string: JSON keys must be strings, so convert it.")
        return {key: standard(item, f"{path}.{key}") for key, item in value.items()}
    raise RecordError(
        f"Record value {path} is a {type(value).__name__}: give a string, number, truth value, None, list or mapping."
    )


def _layout(value: Any, depth: int = 0) -> str:
    """JSON with one space of indent a level, as json.dumps(indent=1), but a list of plain values on one line."""
    if isinstance(value, dict) and value:
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {_layout(item, depth + 1)}" for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        lines = [_layout(item, depth + 1) for item in value]
        opening, closing = "[", "]"
    else:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    pad = "\n" + " " * (depth + 1)
    return opening + pad + f",{pad}".join(lines) + "\n" + " " * depth + closing
