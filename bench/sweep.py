"""A sweep: every job is checked before the first one starts; the speed pass and the tables come after the last.

Hydra runs the jobs, with whichever launcher; this callback stands at both ends. A refused sweep ends with exit status 2, a
sweep with a job that is not `ok` with 1.
"""

import os
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from bench.config import RunConfig, plain, to_run
from bench.refusal import refuse

JOBS = "BENCH_JOBS"


class SweepCallback(Callback):
    """Named in conf/config.yaml. Hydra turns exceptions of callbacks into warnings, so refusals leave by SystemExit."""

    def __init__(self) -> None:
        self.configs: list[RunConfig] = []

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        try:
            self.configs = [to_run(_composed(job)) for job in expand(config)]
            os.environ[JOBS] = str(len(self.configs))
            prepare_all(self.configs)
        except Exception as error:
            refuse(error)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        try:
            status = finish(self.configs)
        except Exception as error:
            print(f"the sweep's jobs are done, but its end failed: {type(error).__name__}: {error}", file=sys.stderr)
            raise SystemExit(1) from error
        raise SystemExit(status)


def expand(config: DictConfig) -> list[list[str]]:
    """The overrides of every job of a multirun: the sweep's own parameters, the command line's winning over them."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser

    params = config.hydra.sweeper.params or {}
    words = [f"{key}={value}" for key, value in params.items()]
    words += [str(word) for word in config.hydra.overrides.task]
    batches = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(words), None)
    return [list(job) for batch in batches for job in batch]


def _composed(overrides: list[str]) -> DictConfig:
    from hydra import compose

    composed: DictConfig = compose(config_name="config", overrides=overrides)
    return composed


def prepare_all(configs: Sequence[RunConfig]) -> None:
    """Prepares every job; raises for the first that cannot run, saying which."""
    from bench.run import prepare

    for config in configs:
        prepare(config)


def run_job(config: RunConfig, number: int | None) -> str:
    """Runs one job and returns the record's status. `number` counts from 0 in a sweep, None for a single run."""
    from bench.run import prepare, run

    place = "" if number is None else f"job {number + 1} of {os.environ.get(JOBS, '?')}"
    return run(prepare(config), place).status


def finish(configs: Sequence[RunConfig]) -> int:
    """Speed pass, tables, wandb summary. Returns the exit status: 0 when every job's record is ok."""
    from bench import tables
    from bench.run import prepare

    jobs = [prepare(config) for config in configs]
    status = 0
    for folder, group in groupby(sorted(jobs, key=lambda job: job.folder), key=lambda job: job.folder):
        members = list(group)
        done = [job.done() for job in members]
        status = max(status, *(int(made is None or made.status != "ok") for made in done))
        _measure_speed(folder, members)
        made = tables.make(folder)
        for table in made:
            tables.to_terminal(table)
        print(f"records, tables and figures: {folder}")
        _publish(folder, members[0].config, made)
    return status


def _measure_speed(folder: Path, jobs: Sequence[Any]) -> None:
    """Measures all rows in one pass where one of them lacks it, and adds the samples to the records."""
    from bench import record
    from bench.speed import measure

    found = [(job, made) for job in jobs if (made := job.done()) is not None and made.status == "ok"]
    rows = {_row_key(job.config): job.config for job, _ in found if job.config.speed.rounds}
    passes = {made.speed.get("train_tokens_per_second", {}).get("pass") for _, made in found}
    if not rows or (len(passes) == 1 and None not in passes):
        return
    print(f"speed pass: {len(rows)} rows, interleaved", file=sys.stderr)
    measured = dict(zip(rows, measure(list(rows.values())), strict=True))
    for job, made in found:
        if _row_key(job.config) in measured:
            record.write(record.with_speed(made, measured[_row_key(job.config)]), folder)


def _row_key(config: RunConfig) -> str:
    """What two jobs of equal speed share: all but the seed, the tuned values, and what comes after training."""
    import json

    content = plain(config)
    for key in ("seed", "decode", "evaluation", "report", "track", "paths", "speed"):
        del content[key]
    for dotted in config.report.tuned:
        group, _, name = dotted.partition(".")
        content.get(group, {}).pop(name, None)
    return json.dumps(content, sort_keys=True)


def _publish(folder: Path, config: RunConfig, made: Sequence[Any]) -> None:
    """One summary run a sweep on wandb, with the tables."""
    from dataclasses import asdict

    from bench.publish import open_run, redact
    from bench.run import track_settings

    tracker = open_run(
        track_settings(config),
        name=f"{config.report.sweep} tables",
        group=config.report.sweep,
        job_type="summary",
        config=redact(asdict(config.report)),
        tags=["summary"],
    )
    for index, table in enumerate(made):
        columns, rows = table.plain()
        tracker.table("table" if not index else f"table {index + 1}", columns, rows)
    for picture in sorted((folder / "figures").glob("*.png")):
        tracker.picture(picture.stem, picture)
    tracker.finish(ok=True)
