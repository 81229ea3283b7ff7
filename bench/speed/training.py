"""The speed pass: training speed as a measurement of its own.

One process, nothing beside it, a raw loop without trainer, logging or validation. Every row is warmed up; then the rows take
turns (A B C A B C ...), each turn as many steps as fill about `speed.seconds`, and every turn is a sample. Samples with equal
index in one pass were taken next to each other, so their ratio is free of the machine's slow drifts.
"""

import ctypes
import gc
import json
import statistics
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bench.cells.state import detach
from bench.config.factory import make_net, make_task
from bench.config.schema import plain
from bench.nets.net import as_net
from bench.records.machine import device_of
from bench.training.optimiser import groups, make_optimiser

if TYPE_CHECKING:
    from bench.config.schema import RunConfig

WARM_UP_STEPS = 3
BATCHES = 8


def row_key(config: "RunConfig", *, decoded: bool = False) -> str:
    """What jobs of equal speed share: all but the seed, the tuned values and, unless `decoded`, what comes after training."""
    content = plain(config)
    for key in ("seed", "sweep", "track", "paths", "speed", "launcher", *(() if decoded else ("decode", "evaluation"))):
        del content[key]
    for dotted in config.sweep.tune:
        group, _, name = dotted.partition(".")
        if group in content:
            content[group].pop(name, None)
    return json.dumps(content, sort_keys=True)


class Row:
    """One configuration in a raw training loop over its first `batches` batches."""

    def __init__(self, config: "RunConfig", batches: int = BATCHES) -> None:
        self.config = config
        self.device = torch.device(device_of(config.trainer.accelerator))
        torch.manual_seed(config.seed)
        self.task = make_task(config)
        self.net = as_net(make_net(config, self.task)).to(self.device)
        self.optimiser = make_optimiser(config.optimiser, groups(self.net, config.optimiser.weight_decay))
        loader = self.task.train_loader(config.trainer.batch_size, config.seed)
        self.batches = [batch.to(self.device) for batch in islice(loader, batches)]
        self.state: Any = None
        self.steps_done = 0

    def run(self, steps: int) -> tuple[float, int]:
        """Seconds and tokens of `steps` training steps."""
        if self.config.trainer.threads is not None:
            torch.set_num_threads(self.config.trainer.threads)
        tokens = 0
        self._wait()
        start = time.perf_counter()
        for _ in range(steps):
            tokens += self._step()
        self._wait()
        return time.perf_counter() - start, tokens

    def _step(self) -> int:
        batch = self.batches[self.steps_done % len(self.batches)]
        self.steps_done += 1
        with self._precision():
            (nll_sum, count), state = self.net.loss(batch, None if batch.first else self.state)
            loss = nll_sum / count
        carried = self.task.carry(state)
        self.state = None if carried is None else detach(carried)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        if self.config.optimiser.clip is not None:
            nn.utils.clip_grad_norm_(self.net.parameters(), self.config.optimiser.clip)
        self.optimiser.step()
        return int(batch.tokens)

    def _precision(self) -> AbstractContextManager[Any]:
        if self.config.trainer.precision == "bf16":
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def measure(configs: Sequence["RunConfig"], *, batches: int = BATCHES) -> list[dict[str, Any]]:
    """The record's `speed` for each configuration, all from one pass over their first `batches` batches."""
    threads = torch.get_num_threads()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    memory = [peak_memory_bytes(config, batches) for config in configs]
    rows = [Row(config, batches) for config in configs]
    steps = [_steps_a_turn(row) for row in rows]
    samples_of_rows: list[list[tuple[float, int]]] = [[] for _ in rows]
    for _ in range(max(config.speed.rounds for config in configs)):
        for row, count, samples in zip(rows, steps, samples_of_rows, strict=True):
            samples.append(row.run(count))
    torch.set_num_threads(threads)
    return [
        {
            "train_tokens_per_second": entry([n / s for s, n in samples], "tokens/s", started),
            "train_step_seconds": entry([s / count for s, _ in samples], "s", started),
            **({} if peak is None else {"peak_memory_bytes": entry([peak], "bytes", started)}),
        }
        for samples, count, peak in zip(samples_of_rows, steps, memory, strict=True)
    ]


def entry(samples: list[float], unit: str, began: str) -> dict[str, Any]:
    return {"samples": samples, "median": statistics.median(samples), "unit": unit, "pass": began}


def _steps_a_turn(row: Row) -> int:
    row.run(WARM_UP_STEPS)
    seconds, _ = row.run(WARM_UP_STEPS)
    return max(1, round(row.config.speed.seconds / (seconds / WARM_UP_STEPS)))


def peak_memory_bytes(config: "RunConfig", batches: int = BATCHES) -> float | None:
    """What building and training the row adds to the process (Linux) or to the GPU at its highest; None where unknown."""
    if device_of(config.trainer.accelerator) == "cuda":
        gc.collect()
        allocated = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        Row(config, batches).run(WARM_UP_STEPS)
        return float(torch.cuda.max_memory_allocated() - allocated)
    Row(config, batches).run(1)
    _release()
    before = _resident("VmRSS")
    if before is None or not _reset_peak():
        return None
    Row(config, batches).run(WARM_UP_STEPS)
    peak = _resident("VmHWM")
    return None if peak is None else float(peak - before)


def _release() -> None:
    """Hands freed memory back to the system, so that one row's leavings do not hide the next row's need."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return


def _reset_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _resident(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":")), None)
