"""The outputs on a test split, kept beside the records: F1, BLEU and error rates can be computed from them again.

    runs/<sweep>/outputs/<run_id>.json          of one run, with the tokens as they are
    results/<sweep>/outputs/outputs.jsonl.gz    of a published sweep: what is right once a data set, then a line a run

In the second, the tokens of texts are numbers in the order in which they first occur, for the texts are other people's: the
n-grams of numbers match where those of words do. Tags and classes keep their names.
"""

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bench.errors import Refusal
from bench.records.record import Record, replace_atomically, write_atomically

NAMED = ("tags", "classes")
"""Units whose tokens are published by name."""
PACKED = "outputs.jsonl.gz"


class OutputError(Refusal):
    """Outputs that cannot be read."""


@dataclass(frozen=True)
class Scored:
    """What the metrics of a split were computed from, item by item: `outputs[i]` are the tokens of the output, and
    `references[i]` those of each right answer. `unit` says what a token is: `tags`, `classes`, `phonemes`, `words`,
    `characters`, `13a` (BLEU's) or `13a lower-cased`."""

    split: str
    unit: str
    outputs: Sequence[Sequence[str]]
    references: Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Header:
    """What is right on the test of one data set. `data` is its sha256; `references[i]` are the right answers of item i."""

    data: str
    split: str
    unit: str
    references: Sequence[Sequence[Sequence[str]]]


def path_of(folder: Path, run_id: str) -> Path:
    """Where the outputs of a run lie in the folder of its sweep."""
    return folder / "outputs" / f"{run_id}.json"


def write(folder: Path, run_id: str, scored: Scored) -> None:
    """Keeps the outputs of a run in the folder of its sweep."""
    path = path_of(folder, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(asdict(scored), ensure_ascii=False, separators=(",", ":")) + "\n")


def read(folder: Path, record: Record) -> Scored | None:
    """The outputs of a run, published or not, tokens as text; None where there are none. Raises OutputError."""
    path = path_of(folder, record.run_id)
    if path.is_file():
        return _scored(path, _stamp(path))
    packed = folder / "outputs" / PACKED
    if not packed.is_file():
        return None
    headers, lines = _unpacked(packed, _stamp(packed))
    if record.run_id not in lines:
        return None
    header = headers[str(record.data["sha256"])]
    return Scored(header.split, header.unit, lines[record.run_id], header.references)


def pack(folder: Path, records: Iterable[Record]) -> bytes | None:
    """The outputs of a sweep's runs as one file: gzip of JSON lines, the same bytes for the same outputs; None where there are
    none."""
    scored_runs = [(record, scored) for record in records if (scored := read(folder, record)) is not None]
    if not scored_runs:
        return None
    by_data: dict[str, list[tuple[Record, Scored]]] = {}
    for record, scored in sorted(scored_runs, key=lambda pair: pair[0].run_id):
        by_data.setdefault(str(record.data["sha256"]), []).append((record, scored))
    lines: list[dict[str, Any]] = []
    for data, members in sorted(by_data.items()):
        first = members[0][1]
        number = _as_it_is if first.unit in NAMED else _Numbers()
        references = [[[number(token) for token in reference] for reference in ways] for ways in first.references]
        lines.append({"data": data, "split": first.split, "unit": first.unit, "references": references})
        for record, scored in members:
            if scored.references != first.references or scored.unit != first.unit:
                raise OutputError(
                    f"{path_of(folder, record.run_id)} has other references than the other runs on the same data: delete the "
                    "record of that run, and run it again."
                )
            outputs = [[number(token) for token in item] for item in scored.outputs]
            lines.append({"run_id": record.run_id, "data": data, "outputs": outputs})
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, compresslevel=9) as file:
        file.write(text.encode())
    return packed.getvalue()


def write_packed(folder: Path, content: bytes) -> None:
    """Writes the result of `pack` into the folder of a published sweep."""
    (folder / "outputs").mkdir(parents=True, exist_ok=True)
    replace_atomically(folder / "outputs" / PACKED, content)


class _Numbers:
    """Numbers for tokens, in the order in which they first occur."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def __call__(self, token: str) -> int:
        return self.known.setdefault(token, len(self.known))


def _as_it_is(token: str) -> str:
    return token


def _stamp(path: Path) -> tuple[int, int]:
    """What tells a file from one that was written over it, for what is kept of files that were read."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=256)
def _scored(path: Path, stamp: tuple[int, int]) -> Scored:
    try:
        return Scored(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"{path} cannot be read ({error}): delete it and its record, and run it again.") from error


@lru_cache(maxsize=4)
def _unpacked(path: Path, stamp: tuple[int, int]) -> tuple[Mapping[str, Header], Mapping[str, Sequence[Sequence[str]]]]:
    """References by data, and outputs by run_id, tokens as text."""
    headers: dict[str, Header] = {}
    runs: dict[str, Sequence[Sequence[str]]] = {}
    try:
        for line in _lines(path):
            if "references" in line:
                references = [[list(map(str, reference)) for reference in ways] for ways in line["references"]]
                headers[line["data"]] = Header(**{**line, "references": references})
            else:
                runs[line["run_id"]] = [list(map(str, item)) for item in line["outputs"]]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{path} cannot be read ({error}): restore the published file.") from error
    return headers, runs


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
