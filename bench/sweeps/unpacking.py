"""Puts the runs of a published sweep where a sweep looks for finished ones: it then trains what is missing alone.

    results/<sweep>/records.jsonl               ->  runs/<sweep>/records/<run_id>.json
    results/<sweep>/outputs/outputs.jsonl.gz    ->  runs/<sweep>/outputs/<run_id>.json, where tokens have their names

A record that lies there already stays, unless its job has to run again. Weights are not published: what needs
them, as decoding in another way, trains again.
"""

from dataclasses import dataclass
from pathlib import Path

from bench.errors import ConfigError
from bench.records import output_files, record, record_files
from bench.sweeps import reference


@dataclass(frozen=True)
class Unpacked:
    """`folder` has `runs` more runs; `kept` were there already, `renamed` have other names than this version would give, and of
    `numbered` the outputs stay where they are published, for their tokens are numbers there. `stale`: why the sweep does not
    come out today, if it does not."""

    folder: Path
    sweep: str
    runs: int
    kept: int
    renamed: int
    numbered: int
    stale: str | None


def unpack(published: Path, runs: Path) -> Unpacked:
    """Writes the runs of a sweep that was published in the folder `published` into `runs`.

    Raises Refusal, one sentence, where nothing was published there, or what was is damaged or newer. OSError where it cannot be
    written.
    """
    if not record_files.path_of(published).is_file():
        raise ConfigError(
            f"{published} is no published sweep, it has no {record_files.NAME}: give a folder such as results/cells."
        )
    packed = record_files.read(record_files.path_of(published))
    records = packed.records
    target = runs / records[0].sweep
    fresh = [run for run in records if not _is_finished(record.path_of(target, run.run_id))]
    numbered = 0
    for run in fresh:
        scored = output_files.read(published, run)
        if scored is not None and scored.unit in output_files.NAMED:
            output_files.write(target, run.run_id, scored)
        elif scored is not None:
            numbered += 1
        record.write(run, target)
    renamed = sum(not reference.named_as_today(run) for run in fresh)
    return Unpacked(target, records[0].sweep, len(fresh), len(records) - len(fresh), renamed, numbered, packed.stale)


def _is_finished(path: Path) -> bool:
    return path.is_file() and record.head_of(path).status in record.FINISHED
