"""The reference: sweeps that were published into `results/`, by one command alone, and what has become of them.

    results/<sweep>/records.jsonl                         the records (`bench.records.record_files`)
    results/<sweep>/outputs/outputs.jsonl.gz              what F1 and BLEU are computed from (`bench.records.output_files`)
    results/<sweep>/table.*, findings.csv, report.html, figures/*.svg      made from the records

No training, table or probe writes there. A sweep is put there whole or not at all: it is made beside its place and then moved.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path

from bench.config import schema
from bench.errors import ConfigError, Refusal
from bench.records import output_files, record_files
from bench.records.locks import held
from bench.records.record import Record, RecordError, write_atomically
from bench.tables.write import records_of

FOLDER = Path("results")


def publish(folder: Path, results: Path = FOLDER, *, replace: bool = False, stale: str | None = None) -> Path:
    """Puts the sweep in `folder` into `results`; returns its place there. `stale`: why it does not come out today.

    Raises Refusal, one sentence, for a folder without records, for a reference that holds runs which `folder` lacks (unless
    `replace`) or was written by a newer version, and where `results` cannot be written.
    """
    from bench.report import write
    from bench.tables import index

    records = records_of(folder)
    sweep = records[0].sweep
    if other_sweeps := sorted({record.sweep for record in records} - {sweep}):
        raise ConfigError(f"{folder} holds records of {sweep} and of {', '.join(other_sweeps)}: publish one sweep at a time.")
    target = results / sweep
    with _writable(results), held(results / ".publish.lock", say=partial(print, file=sys.stderr)):
        published = {record.run_id: record for record in record_files.read_all(target)}
        if not replace:
            _check_nothing_is_lost(target, published, records, folder)
        records = [_with_former(record, published) for record in records]
        temporary = target.parent / f".{target.name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir(parents=True)
            write_atomically(record_files.path_of(temporary), record_files.text_of(records, stale=stale))
            outputs = output_files.pack(folder, records)
            if outputs is not None:
                output_files.write_packed(temporary, outputs)
            write.write_report(temporary)
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        index.refresh(results)
    return target


@contextmanager
def _writable(results: Path) -> Iterator[None]:
    try:
        results.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ConfigError(
            f"{results} cannot be written ({error.strerror or error}): give another folder with --to, or make it writable."
        ) from error


def _with_former(record: Record, published: Mapping[str, Record]) -> Record:
    """A run that is published again keeps the names that it had under older rules."""
    return (
        record if record.former or record.run_id not in published else replaced(record, former=published[record.run_id].former)
    )


def _check_nothing_is_lost(target: Path, published: Mapping[str, Record], records: list[Record], folder: Path) -> None:
    if missing := set(published) - {record.run_id for record in records}:
        raise RecordError(
            f"{target} has {len(published)} records, of which {len(missing)} are not in {folder}: run the rest of the sweep, "
            "or give --replace to drop them."
        )


def _swap(new: Path, target: Path) -> None:
    """Puts `new` where `target` is."""
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    if target.exists():
        os.rename(target, old)
    os.rename(new, target)
    shutil.rmtree(old, ignore_errors=True)


def find(sweep: str) -> Path | None:
    """The reference of a sweep: in `results/` here, or in that of the checkout; None where there is none, as in a wheel."""
    folders = (FOLDER, schema.folder().parent / FOLDER)
    return next((folder / sweep for folder in folders if record_files.path_of(folder / sweep).is_file()), None)


def state(results: Path) -> list[str]:
    """One line per published sweep in a folder: how many records have current names, and whether it is stale."""
    return [_line(path.parent) for path in sorted(results.rglob(record_files.NAME))]


def _line(folder: Path) -> str:
    try:
        packed = record_files.read(record_files.path_of(folder))
    except Refusal as error:
        return f"{folder}: {error}"
    current = sum(map(named_as_today, packed.records))
    count = len(packed.records)
    names = "all have current names" if current == count else f"{current} of them have current names"
    return f"{folder}: {count} record{'' if count == 1 else 's'}, {names}{f'; stale: {packed.stale}' if packed.stale else ''}"


def named_as_today(record: Record) -> bool:
    """Whether the present code would give a record the names that it has."""
    name = NAMERS.get(_kind(record), _of_a_job)
    try:
        return name(record) == (record.train_id, record.run_id)
    except (Refusal, KeyError):  # what it names is no longer there, or lacks a setting
        return False


def _kind(record: Record) -> str:
    from bench import probes

    if "task" not in record.config:
        return "benchmark"
    return "probe" if record.sweep in probes.names() and record.sweep in record.train else "job"


def _of_a_job(record: Record) -> tuple[str, str]:
    from bench.jobs.job import named

    names = named(record.config, record.data)
    return names.train_id, names.run_id


def _of_a_probe(record: Record) -> tuple[str, str]:
    from bench import probes

    train_id, _ = _of_a_job(record)
    return train_id, probes.run_id(record.sweep, train_id, record.machine)


def _of_a_benchmark(record: Record) -> tuple[str, str]:
    """Benchmarks of cells: the cell, and what it was timed on."""
    from bench.jobs.identity import of_a_cell

    return of_a_cell(record.config["cell"], str(record.data["name"]))


NAMERS: dict[str, Callable[[Record], tuple[str, str]]] = {"probe": _of_a_probe, "benchmark": _of_a_benchmark}
