"""What reporting costs: tables, figures and report of many records, and how reading them grows.

    python benchmarks/tables.py [--records 1000]

The records are synthetic (`tests/synthetic.py`): cells by depths by learning rates by seeds, with curves as long and
configurations as large as those of a real sweep, published figures and findings. Each command runs in a process of its own.
Prints a Markdown table; exit status 1 where a command takes longer or more memory than its bound, or where reading twice the
records takes more than GROWTH times as long. Run it on a quiet machine: the seconds are those of the clock.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hydra import compose, initialize_config_dir  # noqa: E402
from synthetic import LEVEL, Builder  # noqa: E402

from bench.config import schema  # noqa: E402
from bench.config.compose import to_run  # noqa: E402
from bench.records import record, record_files  # noqa: E402

POINTS = 200
SECONDS, MEBIBYTES = 20.0, 1024
GROWTH = 2.5
ROW = {"stack.depth": 1, "trainer.epochs": 1}
REPORT = {
    "title": "Many",
    "tune": {"optimiser.lr": []},
    "baseline": {"cell.name": "elman", **ROW},
    "literature": [
        {
            "name": cell,
            "metric": "nats_per_char",
            "split": "test",
            "value": 1.5,
            "source": "made up",
            "row": {"cell.name": cell, **ROW},
        }
        for cell in LEVEL
    ],
    "claims": [
        {"claim": f"{cell} reads better", "higher": {"cell.name": "elman", **ROW}, "lower": {"cell.name": cell, **ROW}}
        for cell in LEVEL
        if cell != "elman"
    ],
}


def write(folder: Path, count: int) -> None:
    """`count` records of 4 cells, 4 depths, 5 budgets, 4 rates and as many seeds as it takes."""
    make, seeds, base = Builder(), -(-count // (4 * 4 * 5 * 4)), configuration()
    grid = product(range(seeds), (1, 2, 4, 8, 16), LEVEL, (1, 2, 3, 4), (0.0005, 0.001, 0.002, 0.004))
    for seed, epochs, cell, depth, lr in islice(grid, count):
        row_record = make(cell=cell, depth=depth, lr=lr, seed=seed, report=REPORT, config={"trainer": {"epochs": epochs}})
        curve = {key: (values * (POINTS // len(values) + 1))[:POINTS] for key, values in row_record.train["curve"].items()}
        steps = list(range(10, 10 * POINTS + 1, 10))
        curve |= {"step": steps, "validation_step": steps, "validation_tokens": [2048 * step for step in steps]}
        full = {key: base[key] | value if isinstance(value, dict) else value for key, value in row_record.config.items()}
        record.write(replace(row_record, config=base | full, train={**row_record.train, "curve": curve}), folder)


def configuration() -> dict[str, Any]:
    """A whole one, as a record stores it."""
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        return schema.plain(to_run(compose("config", overrides=["track=none"])))


def reading(folder: Path) -> float:
    """Seconds to read all records, the least of several times."""

    def once() -> float:
        start = time.perf_counter()
        record_files.read_all(folder)
        return time.perf_counter() - start

    return min(once() for _ in range(5))


def run(verb: str, folder: Path) -> tuple[float, float]:
    """(seconds, peak MiB) of a command."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "bench", verb, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, f"{verb} ended with {status}"
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000)
    count = parser.parse_args().records
    print("| part | records | seconds | peak MiB |", "| :--- | ---: | ---: | ---: |", sep="\n")
    with tempfile.TemporaryDirectory() as room:
        took = []
        for part in (count // 4, count // 2, count):
            folder = Path(room) / str(part) / "results" / "cells"
            write(folder, part)
            took.append(reading(folder))
            print(f"| reading | {part} | {took[-1]:.2f} | |", flush=True)
        missed = took[2] > GROWTH * took[1]
        for verb in ("tables", "report"):
            seconds, peak = run(verb, folder)
            missed |= seconds > SECONDS or peak > MEBIBYTES
            print(f"| bench {verb} | {count} | {seconds:.1f} | {peak:.0f} |", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
