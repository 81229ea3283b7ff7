"""A sweep: every job is checked before the first one starts; the speed pass and the tables come after the last.

The jobs are those of `sweep.rows` (`bench.sweeps.expand`), each row a grid, for what no one grid can say: a beam has a width,
greedy search has none. They run in processes here (`bench.sweeps.launcher`) or on a cluster (`bench.sweeps.on_cluster`); with
launcher=basic in this process. A refused sweep ends with exit status 2, a sweep with a job that is not `ok` with 1.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from bench.config.compose import Composer
from bench.config.messages import interrupted, refuse
from bench.config.own_folder import OPTION, config_dirs
from bench.config.schema import plain
from bench.errors import Failure, Refusal
from bench.records import locks, temporary
from bench.records.plan import Planned, plan_path, write_plan
from bench.sweeps import fork_server, grown_grids
from bench.sweeps.budget_check import budget_checks
from bench.sweeps.claims_check import check_claims
from bench.sweeps.expand import expand, grids_of, prepare_all
from bench.sweeps.search import Search, is_search
from bench.terminal import Line, working

if TYPE_CHECKING:
    from bench.jobs.job import Job
    from bench.records.record import Record

JOBS = "BENCH_JOBS"


class SweepCallback(Callback):
    """Named in conf/config.yaml. Hydra turns exceptions of callbacks into warnings, so refusals leave by SystemExit."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.words: list[list[str]] = []
        self.composer = Composer()
        self.hydras = 0
        self.search: Search | None = None
        self.handed_over = False

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        if is_search(config):
            self._search(config)
            return
        if config.launcher.name == "processes" and not plan_path(_folder(config)).exists():  # else it may be finished
            fork_server.start()
        try:
            with working("checking the jobs and loading their data"):
                grids = expand(config)
                self._add(config, [job for grid in grids for job in grid])
            self.hydras = len(grids[0])
            _hand_over(config)
            _say_cost(self.jobs)
        except Exception as error:
            refuse(error)
        if all(job.ended() for job in self.jobs):
            self._end(config, 0)
        if self.jobs[0].config.launcher.name != "basic":
            self._launch()
            self._end(config, len(self.jobs))
        self.handed_over = True

    def _search(self, config: DictConfig) -> None:
        try:
            self.search = Search(config)
            remaining = self.search.begin()
        except Exception as error:
            refuse(error)
        os.environ[JOBS] = str(remaining)
        if not remaining:
            self._end(config, 0)
        self.handed_over = True

    def _add(self, config: DictConfig, words: Sequence[Sequence[str]]) -> None:
        """Prepares the jobs with these overrides, and their budget checks, beside those that there are."""
        further = list(map(list, words))
        configs = list(map(self.composer.run, further))
        if not self.jobs and config.sweep.claims:
            check_claims([plain(run) for run in configs])
        if config.sweep.budget_check:
            checks = list(budget_checks([plain(run) for run in configs], further))
            further, configs = [*further, *checks], [*configs, *map(self.composer.run, checks)]
        self.jobs += prepare_all(configs)
        self.words += further
        _write_plans(self.jobs, self.words, definition=_definition(config))
        os.environ[JOBS] = str(len(self.jobs))

    def _grow(self, config: DictConfig) -> None:
        """Tries the next value of each row whose best is the last of its grid, as often as it may."""
        for _ in range(grown_grids.STEPS if config.sweep.grow else 0):
            done = {job.run_id: job.done() for job in self.jobs}
            words = {job.run_id: job_words for job, job_words in zip(self.jobs, self.words, strict=True)}
            by_folder: dict[Path, list[Record]] = {}
            for job in self.jobs:
                if (record := done[job.run_id]) is None:
                    return
                by_folder.setdefault(job.folder, []).append(record)
            further = [job for records in by_folder.values() for job in grown_grids.further(records, words)]
            allowed = [job for job in further if job not in self.words and _is_allowed(self.composer, job)]
            if not allowed:
                return
            print(f"{len(allowed)} further jobs: the best value that was tuned is the last of its grid", file=sys.stderr)
            self._add(config, allowed)
            if config.launcher.name == "basic":
                for number in range(len(self.jobs)):
                    run_job(self.jobs[number], number)
            else:
                self._launch()

    def _launch(self) -> None:
        """Runs all jobs in processes of their own, here or on a cluster."""
        settings = self.jobs[0].config.launcher
        try:
            if settings.cluster is None:
                from bench.sweeps import launcher

                launcher.run_all(self.jobs, settings)
            else:
                from bench.sweeps import on_cluster

                on_cluster.run_all(self.jobs, settings)
        except KeyboardInterrupt:
            interrupted()
        except (Failure, Refusal) as error:
            refuse(error)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        if self.handed_over and sys.exc_info()[0] is None:  # Hydra 1.4 comes here after an exit and an error too
            self._end(config, self.hydras)

    def _end(self, config: DictConfig, first: int) -> NoReturn:
        """Runs the jobs from `first` on here, then what comes after the last; ends the program."""
        try:
            if self.search is not None:
                self.search.finish()
                _show_search(self.search.folder)
            for number in range(first, len(self.jobs)):
                run_job(self.jobs[number], number)
            self._grow(config)
            status = finish(self.jobs)
        except Failure as error:
            refuse(error)
        except Exception as error:
            print(
                f"the jobs are done, but the speed pass or the tables failed: {type(error).__name__}: {error}", file=sys.stderr
            )
            raise SystemExit(1) from error
        raise SystemExit(status)


def _is_allowed(composer: Composer, words: Sequence[str]) -> bool:
    """Whether a job can run with a value that nobody typed."""
    try:
        prepare_all([composer.run(words)])
    except Refusal:
        return False
    return True


def _hand_over(config: DictConfig) -> None:
    """The first row becomes the grid of Hydra's own sweeper, which runs it in this process."""
    first, *_ = grids_of(config, list(map(str, config.hydra.overrides.task)))
    sweeper = config.hydra.sweeper
    with read_write(sweeper), open_dict(sweeper):  # Hydra 1.4 hands it over as what cannot be written
        sweeper.params = dict(word.split("=", 1) for word in first)


def _folder(config: DictConfig) -> Path:
    folder: Path = Path(config.paths.results) / config.sweep.name
    return folder


def _definition(config: DictConfig) -> str:
    """The rows of the sweep as it says them itself, whatever the command line leaves out or adds."""
    return json.dumps([OmegaConf.to_container(config.sweep.rows), OmegaConf.to_container(config.sweep.tune)], sort_keys=True)


def _write_plans(jobs: "Sequence[Job]", words: Sequence[Sequence[str]], *, definition: str) -> None:
    """What `bench.status` reads, in every folder that the jobs write to."""
    from bench.tables.rows import run_names
    from bench.tracking import redact_text

    names = run_names([job.plain for job in jobs], list(jobs[0].config.sweep.tune))
    options = [word for folder in config_dirs(sys.argv[1:])[0] for word in (OPTION, folder)]
    by_folder: dict[Path, list[Planned]] = {}
    for job, overrides, name in zip(jobs, words, names, strict=True):
        typed = [redact_text(word) for word in (*options, *overrides)]
        by_folder.setdefault(job.folder, []).append(Planned(job.run_id, typed, redact_text(name)))
    for folder, members in by_folder.items():
        write_plan(folder, members, at_once=jobs[0].config.launcher.jobs, definition=definition)


def _say_cost(jobs: "Sequence[Job]") -> None:
    """Where the sweep asks for it, and anything is left to run."""
    if jobs[0].config.sweep.estimate and any(job.ended() is None for job in jobs):
        from bench.sweeps.cost_estimate import estimate

        print(estimate(jobs), file=sys.stderr, flush=True)


def run_job(job: "Job", number: int | None) -> str:
    """Runs one job and returns the record's status. `number` counts from 0 in a sweep, None for a single run."""
    from bench.jobs.record_builder import already

    position = "" if number is None else f"job {number + 1} of {os.environ[JOBS]}"
    if (record := already(job, Line(f"{position}  {job.label}".strip()))) is not None:
        return record.status
    if job.config.launcher.cluster is not None:
        from bench.sweeps.on_cluster import run_all

        run_all([job], job.config.launcher, positions=[position or "job 1 of 1"])
        finished = job.done()
        return "failed" if finished is None else finished.status
    from bench.jobs.run import run

    return run(job, position).status


def finish(jobs: "Sequence[Job]") -> int:
    """Speed pass, tables, wandb's summary run. Returns the exit status: 0 when every job's record is ok."""
    from bench import tables
    from bench.jobs.job import track_settings
    from bench.speed import speed_pass
    from bench.sweeps import closing
    from bench.sweeps.dashboard import publish

    status = 0
    for folder, group in groupby(sorted(jobs, key=lambda job: job.folder), key=lambda job: job.folder):
        members = list(group)
        _tidy(folder, members)
        statuses = [job.ended() for job in members]
        status = max(status, *(int(ended != "ok") for ended in statuses))
        _say_of_tables(members[0], [record for job in members if (record := job.done()) is not None])
        config = members[0].config
        if config.launcher.cluster is None:
            speed_pass.measure(folder, members)
        elif speed_pass.is_due(members):
            from bench.sweeps.on_cluster import measure_speed

            measure_speed(members, config.launcher)
        with working("making tables and figures"):
            written = tables.make_all(folder)
        closing.show(written, folder)
        tracked = publish(folder, config.sweep, track_settings(config), [*written.main, *written.further])
        closing.compare_with_reference(folder, config.sweep.name)
        closing.say_where(folder, tracked, statuses)
    return status


def _show_search(folder: Path) -> None:
    """The tables of a search's trials, and where they lie."""
    from bench import tables
    from bench.sweeps import closing

    closing.show(tables.make_all(folder), folder)
    print(f"\nrecords, tables and figures: {folder}")


def _say_of_tables(job: "Job", done: "Sequence[Record]") -> None:
    """What the command says of tables, where they are made as the records say that there are already."""
    from bench.tables import spec

    if not done:
        return
    wanted_spec, stored = spec.parse(asdict(job.config.sweep)), spec.of(done)
    differing = [field.name for field in fields(wanted_spec) if getattr(wanted_spec, field.name) != getattr(stored, field.name)]
    if differing := [name for name in differing if name != "title" or wanted_spec.title]:
        named = " and ".join(f"sweep.{name}" for name in differing)
        print(
            f"{named}: the tables have what the finished runs were started with; give sweep.name=NEW for others",
            file=sys.stderr,
        )


def _tidy(folder: Path, jobs: "Sequence[Job]") -> None:
    """Removes what processes left that died: locks of these jobs, temporary files of their folder."""
    for path in {path for job in jobs for path in job.locks}:
        locks.clear(path)
    for directory in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        temporary.clear(directory)
