"""The speed pass for decoding: sentences and symbols a second, of trained weights under a strategy.

One process, nothing beside it, rows interleaved as in `bench.speed.training`. Every row decodes the same batches of the
validation split, spread evenly over its lengths, in turns of at least `speed.seconds`; every turn is a sample.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, cast

import torch

from bench.config.factory import make_net, make_strategy
from bench.jobs.job import Job
from bench.records.machine import device_of
from bench.speed.training import entry
from bench.task import Decodes

BATCHES = 4


class Row:
    """The best weights of a job under its strategy."""

    def __init__(self, job: Job) -> None:
        self.config = job.config
        self.decode = cast(Decodes[Any], job.task).decode_batch
        self.device = torch.device(device_of(job.config.trainer.accelerator))
        self.net = make_net(job.config, job.task)
        job.checkpoint().load_best(self.net)
        self.net.to(self.device).eval()
        self.strategy = make_strategy(job.config)
        self.batches = [batch.to(self.device) for batch in job.task.decode_batches(BATCHES)]
        self.passes = 1

    @torch.no_grad()
    def run(self) -> tuple[float, int, int]:
        """Seconds, sentences and symbols of one turn: all batches, `passes` times."""
        if self.config.trainer.threads is not None:
            torch.set_num_threads(self.config.trainer.threads)
        sentences = symbols = 0
        start = time.perf_counter()
        for batch in self.batches * self.passes:
            rows, symbol_count = self.decode(self.net, self.strategy, batch)
            sentences, symbols = sentences + rows, symbols + symbol_count
        return time.perf_counter() - start, sentences, symbols


def measure(jobs: Sequence[Job]) -> list[dict[str, dict[str, Any]]]:
    """The record's entries for each job, all from one pass."""
    if not jobs:
        return []
    threads = torch.get_num_threads()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [Row(job) for job in jobs]
    for row in rows:
        row.run()  # the first pass meets cold caches, and would size every turn
        row.passes = ceil(row.config.speed.seconds / row.run()[0])
    samples_of_rows: list[list[tuple[float, int, int]]] = [[] for _ in rows]
    for _ in range(max(row.config.speed.rounds for row in rows)):
        for row, samples in zip(rows, samples_of_rows, strict=True):
            samples.append(row.run())
    torch.set_num_threads(threads)
    return [
        {
            "decode_sentences_per_second": entry([sentences / s for s, sentences, _ in samples], "sentences/s", started),
            "decode_tokens_per_second": entry([symbols / s for s, _, symbols in samples], "tokens/s", started),
        }
        for samples in samples_of_rows
    ]
