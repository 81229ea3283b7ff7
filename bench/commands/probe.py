"""`python -m bench probe NAME [overrides]`: measurements of a cell beyond its score.

    python -m bench probe gradient_flow cell=elman,gru,lstm seed=0,1,2    how far back a gradient reaches, untrained and trained
    python -m bench probe step_cost cell=elman,gru,lstm,mingru            time and memory of a training step against its length
    python -m bench probe length +sweep=cells data=tinyshakespeare        longer windows than those of the training

The overrides are those of a sweep. If a probe needs trained weights, jobs that are not trained yet are trained. Records,
table and figures go to runs/NAME/.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import ConfigError
from bench.moved import probe_of_today

if TYPE_CHECKING:
    from bench.jobs.job import Job
    from bench.probes import Probe
    from bench.records.record import Record


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, 1 where a job could not be trained."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    return run(probe_of_today(arguments[0], say=partial(print, file=sys.stderr)), arguments[1:])


def run(name: str, words: Sequence[str]) -> int:
    """Trains what must be trained and is not, asks what was not asked, writes records, table and figures."""
    from bench import probes, tables
    from bench.jobs.job import prepare
    from bench.sweeps.expand import configurations
    from bench.sweeps.sweep import JOBS, run_job

    probe = probes.find(name)
    jobs = [prepare(config) for config in configurations(words)]
    groups = probe.groups(jobs)
    os.environ[JOBS] = str(len(jobs))
    failed = {job.run_id for number, job in enumerate(jobs) if probe.TRAINS and run_job(job, number) != "ok"}
    if len(failed) == len(jobs):
        return 1
    folder = _folder(Path(jobs[0].config.paths.results), name)
    for group in groups:
        _ask(probe, name, [job for job in group if job.run_id not in failed], folder)
    for table in tables.make(folder):
        tables.to_terminal(table)
    print(f"records, table and figures: {folder}")
    return int(bool(failed))


def _folder(results: Path, name: str) -> Path:
    """Where the answers go: beside those that it gave under its former name, where there are only these."""
    from bench import probes

    folder, former = results / name, results / probes.former_name(name)
    return former if former.is_dir() and not folder.is_dir() else folder


def _ask(probe: "Probe", name: str, jobs: "Sequence[Job]", folder: Path) -> None:
    """Writes the records of one group, unless all are there."""
    from bench import probes
    from bench.records import record

    members = {probes.run_id(name, job.train_id, _machine(job)): job for job in jobs}
    if all(record.path_of(folder, run_id).is_file() for run_id in members):
        return
    for job in members.values():
        if probe.TRAINS and job.trained() is None:
            raise ConfigError(f"the weights of {job.label} are no longer in paths.cache: delete its record to train it again.")
    for (run_id, job), answer in zip(members.items(), probe.ask(list(members.values())), strict=True):
        base = job.done() if probe.TRAINS else _untrained(job)
        assert base is not None
        sweep = {**base.config["sweep"], "literature": [], **probe.REPORT, "name": folder.name}
        answered = replace(
            base,
            run_id=run_id,
            sweep=folder.name,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            config={**base.config, "sweep": sweep},
            train={name: answer.series},
            metrics={answer.split: {key: asdict(metric) for key, metric in answer.metrics.items()}},
            speed={},
        )
        record.write(answered, folder)


def _untrained(job: "Job") -> "Record":
    """The record of a job that was prepared and not run."""
    from bench.config.model_size import net_without_weights, parameters
    from bench.jobs.record_builder import Outcome

    outcome = Outcome(job, datetime.now(UTC).isoformat(timespec="seconds"))
    outcome.parameters = parameters(net_without_weights(job.config, job.task))
    return replace(outcome.record(), machine=_machine(job))


def _machine(job: "Job") -> "dict[str, Any]":
    """With as many threads as the job asks for."""
    from bench.records import machine

    description, threads = machine.describe(job.config.trainer.accelerator), job.config.trainer.threads
    return description if threads is None else {**description, "threads": threads}
