"""The training of one job in this process: net, learner, snapshots. What one process does, and each of several ranks."""

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback

from bench.config.factory import make_net
from bench.jobs.job import Job
from bench.terminal import Line
from bench.training.learner import Learner
from bench.training.resume import Resume
from bench.training.snapshots import Snapshots
from bench.training.trainer import Log, train


def new_net(job: Job) -> torch.nn.Module:
    """Freshly drawn from the job's seed, which also seeds what follows; the job's threads from here on."""
    if job.config.trainer.threads is not None:
        torch.set_num_threads(job.config.trainer.threads)
    pl.seed_everything(job.config.seed, workers=True, verbose=False)
    return make_net(job.config, job.task)


def fit(
    job: Job, net: torch.nn.Module, log: Log, *, line: Line, callbacks: Sequence[Callback], rank: int | None = None
) -> dict[str, Any]:
    """Trains `net`, or continues; returns the record's `train`. `rank` None: alone. Raises Diverged, KeyboardInterrupt."""
    config, checkpoint = job.config, job.checkpoint()
    snapshots = Snapshots(checkpoint.folder if rank is None else checkpoint.folder / f"rank-{rank}", warn=line.note)
    resume = Resume(snapshots, minutes=config.trainer.snapshot_minutes)
    learner = Learner(job.task, net, config.optimiser)
    summary = train(learner, config.trainer, seed=config.seed, checkpoint=checkpoint, log=log, callbacks=[resume, *callbacks])
    summary["seconds"] += resume.seconds_before
    if not rank:
        checkpoint.finish(summary)
    snapshots.clear()
    return summary
