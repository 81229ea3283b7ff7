"""What a sweep would cost on this machine; nothing is trained.

Every distinct shape of job is tried for a few training steps, one batch of a validation, and one of each thing that is done
with the weights. How many of these a job will do follows from its budget and its data. The nets are untrained, and jobs that
will run side by side are tried one at a time, on a machine that may be busy: expect it within a factor of two, and low where
jobs are short. A sweep with `sweep.estimate=true` says it before its first job.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from bench.config.factory import make_net, make_strategy
from bench.data.batches.batch import Loader
from bench.jobs.job import Job
from bench.speed import training
from bench.sweeps.launcher import shares
from bench.task import Decodes, Score
from bench.training.counting import Counted

STEPS = 4


@dataclass(frozen=True)
class Seconds:
    """What a job takes: until it has its weights, and from there to its record."""

    training: float
    scoring: float


def estimate(jobs: Sequence[Job]) -> str:
    """One line about what is left of a sweep."""
    open_jobs = [job for job in jobs if job.ended() is None]
    if not open_jobs:
        return "0 jobs are left"
    return (
        f"{len(open_jobs)} job{'' if len(open_jobs) == 1 else 's'}, about {_rounded(total(open_jobs, probe))} on this machine"
    )


def total(jobs: Sequence[Job], measured: Callable[[Job], Seconds]) -> float:
    """Seconds of wall clock: all trainings, each once, and all scorings, side by side; then the speed pass."""
    shapes: dict[str, Seconds] = {}
    trained: set[str] = set()
    work = 0.0
    for job in jobs:
        shape = training.row_key(job.config, decoded=True)
        if shape not in shapes:
            shapes[shape] = measured(job)
        if job.train_id not in trained and job.trained() is None:
            work += shapes[shape].training
        trained.add(job.train_id)
        work += shapes[shape].scoring
    return work / min(jobs[0].config.launcher.jobs, len(jobs)) + _speed_pass(jobs)


def _speed_pass(jobs: Sequence[Job]) -> float:
    """Of `bench.speed.speed_pass`: every row of training and of decoding, `speed.rounds` times."""
    rows = {training.row_key(job.config): job.config.speed for job in jobs}
    decoded = {training.row_key(job.config, decoded=True): job.config.speed for job in jobs if isinstance(job.task, Decodes)}
    return sum(row.rounds * row.seconds for row in (*rows.values(), *decoded.values()))


def probe(job: Job) -> Seconds:
    """Measured here with as many threads as the job will have, on an untrained net. An n-gram or HMM baseline costs nothing."""
    threads = torch.get_num_threads()
    config = job.config
    share = shares(config.launcher.jobs, devices=config.trainer.devices)[0]
    torch.set_num_threads(config.trainer.threads or share.threads or threads)
    try:
        if isinstance(make_net(config, job.task), Counted):
            return Seconds(0.0, 0.0)
        row = training.Row(config)
        row.run(training.WARM_UP_STEPS)
        step = row.run(STEPS)[0] / STEPS
        steps, validations = budget(job)
        scoring = sum(
            _pass(row, job.task.score_loader(split), job.task.score) + _decoding(row, job, split) for split in job.task.splits()
        )
        return Seconds(steps * step + validations * _pass(row, job.task.monitor_loader(), job.task.monitor), scoring)
    finally:
        torch.set_num_threads(threads)


def budget(job: Job) -> tuple[int, int]:
    """Steps and validations of a whole training."""
    trainer = job.config.trainer
    epoch = len(job.task.train_loader(trainer.batch_size, job.config.seed))
    steps = trainer.epochs * epoch
    if trainer.max_steps is not None:
        steps = min(steps, trainer.max_steps)
    return steps, -(-steps // (trainer.validate_every_steps or epoch))


@torch.no_grad()
def _pass(row: training.Row, batches: Loader, score: Score) -> float:
    """Seconds to score a split, by a batch from its middle: they go by length."""
    middle = _middle(batches).to(row.device)
    return len(batches) * _timed(lambda: score(row.net.eval(), middle, None))


@torch.no_grad()
def _decoding(row: training.Row, job: Job, split: str) -> float:
    """Seconds to decode a split, by the symbol: an untrained net writes on and on, a trained one about what is asked for."""
    if not isinstance(job.task, Decodes):
        return 0.0
    task, strategy, batches = job.task, make_strategy(job.config), job.task.score_loader(split)
    middle = _middle(batches).to(row.device)
    symbols = 0

    def decode() -> None:
        nonlocal symbols
        symbols = task.decode_batch(row.net.eval(), strategy, middle)[1]

    seconds = _timed(decode)
    share = int(middle.tokens) / max(symbols, 1)
    return len(batches) * seconds * min(1.0, share)


def _middle(batches: Loader) -> Any:
    all_batches = list(batches)
    return all_batches[len(all_batches) // 2]


def _timed(call: Callable[[], object]) -> float:
    """Of the second call: the first one may set things up."""
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _rounded(seconds: float) -> str:
    """Two digits at most: 40 seconds, 12 minutes, 3.5 hours."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.2g} {unit}" if seconds < 99.5 * size else f"{seconds / size:,.0f} {unit}"
    return f"{max(2, round(seconds))} seconds"
