"""Records as a sweep would leave them: cell x depth x learning rate x seed, with numbers that follow from the arguments."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.moved import WITHOUT_BLOCKS
from bench.records import record
from bench.records.record import Record

LEVEL = {"elman": 1.62, "gru": 1.52, "gru_reset_after": 1.515, "lstm": 1.49}
RATE = {"elman": 30000.0, "gru": 21000.0, "gru_reset_after": 22000.0, "lstm": 19000.0}
PARAMETERS = {"elman": 33_000, "gru": 99_000, "gru_reset_after": 99_400, "lstm": 132_000}
START = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
SPLITS = {"train": 1_003_854, "validation": 55_770, "test": 55_770}


class Builder:
    """Makes records one after another; each starts a minute after the one before."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *, cell: str = "lstm", depth: int = 1, lr: float = 0.002, seed: int = 0, **changes: Any) -> Record:
        """`changes`: validation, test (None: no such split), report, config (merged by group), fields of the record."""
        self.count += 1
        noise = random.Random(f"{cell} {depth} {lr} {seed}").gauss(0, 0.003)
        value = LEVEL[cell] - 0.03 * (depth - 1) + 8 * abs(lr - 0.002) + noise
        validation, test = changes.pop("validation", value), changes.pop("test", value + 0.02)
        config = _config(cell, depth, lr, seed, changes.pop("report", {}))
        for group, content in changes.pop("config", {}).items():
            config[group] = {**config.get(group, {}), **content} if isinstance(content, dict) else content
        built = Record(
            schema=record.SCHEMA,
            run_id=f"run{self.count:04d}",
            train_id=f"train{self.count:04d}",
            former=[],
            sweep="cells",
            started=_clock(self.count),
            finished=_clock(self.count + 1),
            status="ok",
            error=None,
            config=config,
            data=_data(test),
            code={"commit": "0123456789abcdef0123", "dirty": False, "digest": f"digest-{cell}"},
            machine=_machine(),
            parameters=PARAMETERS[cell] * depth,
            train={"seconds": 50.0, "steps": 2000, "epochs": 4, "tokens": 4_096_000, "best_step": 1500, "curve": _curve(value)},
            metrics={"validation": _metrics(validation)} | ({} if test is None else {"test": _metrics(test)}),
            speed=speed(RATE[cell] / depth),
        )
        return replace(built, **changes)

    def failed(self, status: str = "diverged", **changes: Any) -> Record:
        error = {"type": "Diverged", "message": "the loss is not finite"}
        return replace(self(**changes), status=status, error=error, metrics={}, speed={})

    @staticmethod
    def speed(rate: float, **settings: Any) -> dict[str, Any]:
        """`settings`: identity of the pass, rounds."""
        return speed(rate, **settings)

    def sweep(self, **changes: Any) -> list[Record]:
        """Four cells, two depths, three rates, three seeds: 72 records, the tuned key declared."""
        report = {"title": "Cells", "tune": {"optimiser.lr": []}, "baseline": {"cell.name": "elman", "stack.depth": 1}}
        return [
            self(cell=cell, depth=depth, lr=lr, seed=seed, report={**report, **changes.get("report", {})})
            for cell in LEVEL
            for depth in (1, 2)
            for lr in (0.001, 0.002, 0.004)
            for seed in (0, 1, 2)
        ]


def speed(rate: float, *, identity: str = "2025-11-03T12:00:00+00:00", rounds: int = 9) -> dict[str, Any]:
    """A speed pass: all rows share the machine's drift, sample by sample."""
    drift = [1 + 0.1 * random.Random(index).random() for index in range(rounds)]
    noise = random.Random(str(rate))
    samples = [rate * factor * noise.uniform(0.99, 1.01) for factor in drift]
    median = sorted(samples)[rounds // 2]
    entry = {"samples": samples, "median": median, "unit": "tokens/s", "pass": identity}
    memory = {"samples": [9.4e7], "median": 9.4e7, "unit": "bytes", "pass": identity}
    seconds = [2048 / sample for sample in samples]
    step = {"samples": seconds, "median": sorted(seconds)[rounds // 2], "unit": "s", "pass": identity}
    return {"train_tokens_per_second": entry, "train_step_seconds": step, "peak_memory_bytes": memory}


def _clock(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def _config(cell: str, depth: int, lr: float, seed: int, report: dict[str, Any]) -> dict[str, Any]:
    empty = {"name": "cells", "title": "", "note": "", "tune": {}, "baseline": None, "literature": [], "claims": []}
    return {
        "seed": seed,
        "stack": {"depth": depth, "hidden_size": 128, "direction": "forward", "dropout": 0.0, **WITHOUT_BLOCKS},
        "optimiser": {"name": "adam", "lr": lr, "betas": [0.9, 0.999], "clip": 1.0},
        "trainer": {"epochs": 4, "max_steps": None, "batch_size": 32},
        "track": {"name": "none"},
        "paths": {"data": None, "results": None, "cache": None},
        "sweep": {**empty, **report},
        "task": {"name": "char_lm", "_target_": "bench.tasks.char_lm.CharLM", "window": 64},
        "data": {"name": "pydocs", "_target_": "bench.data.text.text.TextData"},
        "cell": {"name": cell, "_target_": f"bench.cells.{cell}.Cell"},
    }


def _data(test: float | None) -> dict[str, Any]:
    splits = {name: size for name, size in SPLITS.items() if name != "test" or test is not None}
    note = "2 characters of validation are not in the training text"
    return {
        "name": "pydocs",
        "source": "offline",
        "revision": "3.11.2",
        "sha256": "ab12" * 16,
        "splits": splits,
        "unit": "characters",
        "notes": [note],
    }


def _machine() -> dict[str, Any]:
    return {
        "processor": "Processor X",
        "accelerator": None,
        "threads": 2,
        "versions": {"python": "3.11.2", "torch": "2.13.0", "numpy": "2.4.6", "datasets": None},
    }


def _metrics(nats: float | None) -> dict[str, Any]:
    def entry(value: float | None, unit: str) -> dict[str, Any]:
        return {"value": value, "unit": unit, "better": "lower", "count": 55_770, "signature": None}

    if nats is None:
        return {"nats_per_char": entry(None, "nats/character")}
    return {
        "nats_per_char": entry(nats, "nats/character"),
        "bits_per_char": entry(nats / 0.6931471805599453, "bits/character"),
        "perplexity": entry(2.718281828459045**nats, ""),
    }


def _curve(end: float) -> dict[str, list[Any]]:
    steps = list(range(100, 2001, 100))
    losses = [end + 2.0 * (1 - step / 2050) ** 4 for step in steps]
    return {
        "step": steps,
        "tokens": [2048 * step for step in steps],
        "loss": losses,
        "validation_step": steps,
        "validation_tokens": [2048 * step for step in steps],
        "validation": losses,
    }


@pytest.fixture
def make() -> Builder:
    return Builder()


@pytest.fixture
def lay(tmp_path: Path) -> Callable[[list[Record]], Path]:
    """Writes records as results/cells under the test's folder and returns that folder."""

    def write(records: list[Record], *, name: str = "cells") -> Path:
        folder = tmp_path / "results" / name
        for sweep_record in records:
            record.write(sweep_record, folder)
        return folder

    return write
