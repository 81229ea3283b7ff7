"""The reference: sweeps that were published into `results/`, by one command alone, and what has become of them.

    results/<sweep>/records.jsonl                         the records (`bench.records.record_files`)
    results/<sweep>/outputs/outputs.jsonl.gz              what F1 and BLEU are computed from (`bench.records.output_files`)
    results/<sweep>/verified.json                         which runs were trained again, and how they came out
    results/<sweep>/table.*, findings.csv, report.html, figures/*.svg      made from the records

No training, table or probe writes there. A sweep is put there whole or not at all: it is made beside its place and then moved.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from typing import Any

from bench.compare.verified import Verified
from bench.config import schema
from bench.config.own_folder import composing
from bench.errors import ConfigError, Refusal
from bench.moved import PROBES
from bench.records import output_files, record_files
from bench.records.locks import held
from bench.records.record import Record, RecordError, write_atomically
from bench.tables.write import records_of, results_of

FOLDER = Path("results")
WORDS = ("title", "note", "claims", "literature", "across")
"""What of a sweep's section is said about its runs, or says how they stand side by side, and nothing of how they were made."""


def publish(folder: Path, results: Path = FOLDER, *, replace: bool = False, stale: str | None = None) -> Path:
    """Puts the sweep in `folder` into `results`; returns its place there. `stale`: why it does not come out today, ""
    where it does, None for what was said when it was published before, while any of those runs is in it.

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
        unchanged = {run.run_id for run in records if run.run_id in published and published[run.run_id].metrics == run.metrics}
        if stale is None and unchanged:
            stale = record_files.stale(target)
        temporary = target.parent / f".{target.name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir(parents=True)
            write_atomically(record_files.path_of(temporary), record_files.text_of(records, stale=stale or None))
            outputs = output_files.pack(folder, records)
            if outputs is not None:
                output_files.write_packed(temporary, outputs)
            _keep_verified(target, temporary, unchanged)
            write.write_report(temporary)
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        index.refresh(results)
    return target


def _keep_verified(old: Path, new: Path, unchanged: Set[str]) -> None:
    """What was verified of runs that are published again as they were."""
    from bench.tables import index_entries

    if verified := {run_id: entry for run_id, entry in index_entries.verified_of(old).items() if run_id in unchanged}:
        write_atomically(new / index_entries.VERIFIED, json.dumps(verified, indent=1, sort_keys=True) + "\n")


def reword(folder: Path) -> None:
    """Puts the words of today's conf/sweep/NAME.yaml in place of those that a published sweep was run with: title, note, claims
    and figures of others. What was measured, and how, stays. Raises ConfigError where there is no such sweep."""
    packed = record_files.read(record_files.path_of(folder))
    words = _words_of_today(packed.records[0].sweep)
    records = [replaced(run, config={**run.config, "sweep": {**run.config["sweep"], **words}}) for run in packed.records]
    with _writable(folder):
        write_atomically(record_files.path_of(folder), record_files.text_of(records, stale=packed.stale))


def _words_of_today(sweep: str) -> dict[str, Any]:
    from hydra import compose
    from omegaconf import OmegaConf

    if not (schema.folder() / "sweep" / f"{sweep}.yaml").is_file():
        raise ConfigError(f"there is no conf/sweep/{sweep}.yaml that could say {sweep} in other words: give another sweep.")
    with composing():
        section: Any = OmegaConf.to_container(compose("config", overrides=[f"+sweep={sweep}"]).sweep)
    return {key: section[key] for key in WORDS}


def note_verified(folder: Path, outcomes: Sequence[Verified]) -> None:
    """Keeps what `python -m bench verify` found of a published sweep, a run of which is noted once, for the index."""
    from bench.tables import index, index_entries

    verified = index_entries.verified_of(folder)
    for outcome in outcomes:
        verified[outcome.run_id] = {key: value for key, value in asdict(outcome).items() if key != "run_id"}
    with _writable(folder):
        write_atomically(folder / index_entries.VERIFIED, json.dumps(verified, indent=1, sort_keys=True) + "\n")
        index.refresh(results_of(folder.resolve(), records_of(folder)[0].sweep))


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
    return "probe" if _probe_of(record) in probes.names() and record.sweep in record.train else "job"


def _probe_of(record: Record) -> str:
    """What the probe is called today that a record answers."""
    return PROBES.get(record.sweep, record.sweep)


def _of_a_job(record: Record) -> tuple[str, str]:
    from bench.jobs.job import named

    names = named(record.config, record.data)
    return names.train_id, names.run_id


def _of_a_probe(record: Record) -> tuple[str, str]:
    from bench import probes

    train_id, _ = _of_a_job(record)
    return train_id, probes.run_id(_probe_of(record), train_id, record.machine)


def _of_a_benchmark(record: Record) -> tuple[str, str]:
    """Benchmarks of cells: the cell, and what it was timed on."""
    from bench.jobs.identity import of_a_cell

    return of_a_cell(record.config["cell"], str(record.data["name"]))


NAMERS: dict[str, Callable[[Record], tuple[str, str]]] = {"probe": _of_a_probe, "benchmark": _of_a_benchmark}
