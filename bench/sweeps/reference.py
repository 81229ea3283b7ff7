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
    if strangers := sorted({one.sweep for one in records} - {sweep}):
        raise ConfigError(f"{folder} holds records of {sweep} and of {', '.join(strangers)}: publish one sweep at a time.")
    target = results / sweep
    told = partial(print, f"waits: another command publishes into {results}", file=sys.stderr)
    with _writable(results), held(results / ".publish.lock", waits=told):
        there = {one.run_id: one for one in record_files.read_all(target)}
        if not replace:
            _check_nothing_is_lost(target, there, records, folder)
        records = [_with_former(one, there) for one in records]
        made = target.parent / f".{target.name}.{os.getpid()}"
        shutil.rmtree(made, ignore_errors=True)
        try:
            made.mkdir(parents=True)
            write_atomically(record_files.path_of(made), record_files.text_of(records, stale=stale))
            outputs = output_files.pack(folder, records)
            if outputs is not None:
                output_files.write_packed(made, outputs)
            write.write_report(made)
            _swap(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
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


def _with_former(made: Record, there: Mapping[str, Record]) -> Record:
    """A run that is published again keeps the names that it had under older rules."""
    return made if made.former or made.run_id not in there else replaced(made, former=there[made.run_id].former)


def _check_nothing_is_lost(target: Path, there: Mapping[str, Record], records: list[Record], folder: Path) -> None:
    if lost := set(there) - {one.run_id for one in records}:
        raise RecordError(
            f"{target} has {len(there)} records, of which {len(lost)} are not in {folder}: run the rest of the sweep, or give "
            "--replace to drop them."
        )


def _swap(made: Path, target: Path) -> None:
    """Puts `made` where `target` is."""
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    if target.exists():
        os.rename(target, old)
    os.rename(made, target)
    shutil.rmtree(old, ignore_errors=True)


def find(sweep: str) -> Path | None:
    """The reference of a sweep: in `results/` here, or in that of the checkout; None where there is none, as in a wheel."""
    places = (FOLDER, schema.folder().parent / FOLDER)
    return next((place / sweep for place in places if record_files.path_of(place / sweep).is_file()), None)


def state(results: Path) -> list[str]:
    """One line a published sweep in a folder: how many records have today's names, and whether it is stale."""
    return [_line(path.parent) for path in sorted(results.rglob(record_files.NAME))]


def _line(folder: Path) -> str:
    try:
        packed = record_files.read(record_files.path_of(folder))
    except Refusal as error:
        return f"{folder}: {error}"
    ours = sum(map(named_as_today, packed.records))
    count = len(packed.records)
    told = "all have today's names" if ours == count else f"{ours} of them have today's names"
    return f"{folder}: {count} record{'' if count == 1 else 's'}, {told}{f'; stale: {packed.stale}' if packed.stale else ''}"


def named_as_today(made: Record) -> bool:
    """Whether the present code would give a record the names that it has."""
    name = NAMERS.get(_kind(made), _of_a_job)
    try:
        return name(made) == (made.train_id, made.run_id)
    except (Refusal, KeyError):  # what it names is no longer there, or lacks a setting
        return False


def _kind(made: Record) -> str:
    from bench import probes

    if "task" not in made.config:
        return "benchmark"
    return "probe" if made.sweep in probes.names() and made.sweep in made.train else "job"


def _of_a_job(made: Record) -> tuple[str, str]:
    from bench.jobs.job import named

    names = named(made.config, made.data)
    return names.train_id, names.run_id


def _of_a_probe(made: Record) -> tuple[str, str]:
    from bench import probes

    train_id, _ = _of_a_job(made)
    return train_id, probes.run_id(made.sweep, train_id, made.machine)


def _of_a_benchmark(made: Record) -> tuple[str, str]:
    """Benchmarks of cells: the cell, and what it was timed on."""
    from bench.jobs.identity import of_a_cell

    return of_a_cell(made.config["cell"], str(made.data["name"]))


NAMERS: dict[str, Callable[[Record], tuple[str, str]]] = {"probe": _of_a_probe, "benchmark": _of_a_benchmark}
