"""What reporting costs: tables, figures and report of many records, and how reading them grows.

    python tests/benchmarks/tables.py [--records 1000]

The records are synthetic (`tests/synthetic.py`): cells by depths by learning rates by seeds, with curves as long as those of a
real sweep. Each command runs in a process of its own. Prints a Markdown table; exit status 1 where a bound is missed.
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

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from synthetic import LEVEL, Builder  # noqa: E402

from bench import record  # noqa: E402

POINTS = 200
SECONDS, MEBIBYTES = 20.0, 1024
REPORT = {"title": "Many", "tuned": ["optimiser.lr"], "baseline": {"cell.name": "elman", "stack.depth": 1, "trainer.epochs": 1}}


def write(folder, count):
    """`count` records of 4 cells, 4 depths, 5 budgets, 4 rates and as many seeds as it takes."""
    make, seeds = Builder(), -(-count // (4 * 4 * 5 * 4))
    grid = product(range(seeds), (1, 2, 4, 8, 16), LEVEL, (1, 2, 3, 4), (0.0005, 0.001, 0.002, 0.004))
    for seed, epochs, cell, depth, lr in islice(grid, count):
        made = make(cell=cell, depth=depth, lr=lr, seed=seed, report=REPORT, config={"trainer": {"epochs": epochs}})
        curve = {key: (values * (POINTS // len(values) + 1))[:POINTS] for key, values in made.train["curve"].items()}
        steps = list(range(10, 10 * POINTS + 1, 10))
        curve |= {"step": steps, "validation_step": steps, "validation_tokens": [2048 * step for step in steps]}
        record.write(replace(made, train={**made.train, "curve": curve}), folder)


def reading(folder):
    """CPU seconds to read all records."""
    start = time.process_time()
    record.read_all(folder)
    return time.process_time() - start


def run(module, folder):
    """(wall seconds, CPU seconds, peak MiB) of a command."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", module, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, f"{module} ended with {status}"
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000)
    count = parser.parse_args().records
    print("| part | records | seconds | of CPU | peak MiB |", "| :--- | ---: | ---: | ---: | ---: |", sep="\n")
    with tempfile.TemporaryDirectory() as room:
        for part in (count // 4, count // 2, count):
            folder = Path(room) / str(part) / "results" / "cells"
            write(folder, part)
            print(f"| reading | {part} | | {reading(folder):.2f} | |", flush=True)
        missed = False
        for module in ("bench.tables", "bench.report"):
            wall, cpu, peak = run(module, folder)
            missed |= cpu > SECONDS or peak > MEBIBYTES
            print(f"| {module} | {count} | {wall:.1f} | {cpu:.1f} | {peak:.0f} |", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
