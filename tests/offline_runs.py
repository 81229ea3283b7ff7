"""The runs that wandb wrote offline, read without wandb's own code but its description of a record."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Stored:
    """What lies in the folder of a run."""

    folder: Path
    run: Any = None
    exit_code: int | None = None
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: list[Any] = field(default_factory=list)
    """Those that wandb did not make of tables by itself."""

    def curve(self, name: str) -> list[tuple[int, float]]:
        return [(row["step"], row[name]) for row in self.history if name in row]

    def table(self, name: str) -> dict[str, Any]:
        (path,) = (self.folder / "files").glob(f"media/table/{name}_*.table.json")
        return json.loads(path.read_text())


def read_run(path: Path) -> Stored:
    stored_run = Stored(path.parent)
    for record in _records(path.read_bytes()):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            stored_run.run, stored_run.config = record.run, _items(record.run.config.update)
        elif kind == "history":
            stored_run.history.append(_items(record.history.item))
        elif kind == "summary":
            stored_run.summary.update(_items(record.summary.update))
        elif kind == "artifact" and record.artifact.type != "run_table":
            stored_run.artifacts.append(record.artifact)
        elif kind == "exit":
            stored_run.exit_code = record.exit.exit_code
    return stored_run


def _records(content: bytes) -> Iterator[Any]:
    """A LevelDB log: a 7-byte header, blocks of 32 KiB, records in one piece (1) or first (2), middle (3) and last (4)."""
    from wandb.proto import wandb_internal_pb2

    at, payload = 7, b""
    while at + 7 <= len(content):
        if (block_rest := 32768 - at % 32768) < 7:
            at += block_rest
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        if kind == 0:
            return
        payload += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield wandb_internal_pb2.Record.FromString(payload)
            payload = b""


def _items(items: Any) -> dict[str, Any]:
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}
