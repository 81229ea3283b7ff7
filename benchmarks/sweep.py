"""What a sweep costs: jobs side by side beside Hydra's own launcher, the start of a job, a finished sweep, many decodings.

    python benchmarks/sweep.py [--rounds 3] [--only throughput|start|finished|decoding] [--write]

Each part runs the command as a user would, in a folder of its own, away from runs/ and the cache. The throughput's two arms
take turns: 24 jobs by `launcher.jobs=2`, each with half of the cores, and the same 24 by Hydra's basic launcher with torch's
default threads. Prints a Markdown table; with `--write` its samples go to runs/sweep_cost/samples.json, and the table, which
is made from them, beside it. A part that is not asked for keeps the samples of its last time.
Its records are published as results/sweep_cost.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

from bench.records import machine
from bench.records.record import read, write_atomically

ROOT = Path(__file__).resolve().parent.parent
QUIET = ("track=none", "speed.rounds=0", "evaluation.sample_length=20")
SIZES = {"LSTM 1x128": (1, 128, 300), "LSTM 2x512": (2, 512, 10)}
TRAINS = ("data.limit=100000", "data.split.validation=0.01", "data.split.test=0.0")  # so that scoring is a small part


class Row(TypedDict):
    """One measurement: what was measured, a sample a turn, their unit, and what is aimed at."""

    what: str
    samples: list[float]
    unit: str
    aim: str


class Part(TypedDict):
    """The rows of a part, with the machine and the commit that they were measured on."""

    rows: list[Row]
    machine: dict[str, Any]
    code: dict[str, Any]


def command(room: Path, *words: str) -> float:
    """Seconds of one command; raises where it fails."""
    environment = {key: value for key, value in os.environ.items() if key not in ("OMP_NUM_THREADS", "BENCH_DATA")}
    environment |= {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(room / "cache"), "HOME": str(room)}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=room,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def in_a_fresh_room(*words: str) -> float:
    with tempfile.TemporaryDirectory() as room:
        return command(Path(room), *words)


def seeds(count: int) -> str:
    return "seed=" + ",".join(map(str, range(count)))


def throughput(rounds: int) -> Iterator[Row]:
    for name, (depth, size, steps) in SIZES.items():
        job = (f"stack.depth={depth}", f"stack.hidden_size={size}", f"trainer.max_steps={steps}", *TRAINS)
        arms = {"two at a time": ("launcher.jobs=2",), "Hydra's basic": ("launcher=basic",)}
        seconds: dict[str, list[float]] = {arm: [] for arm in arms}
        for _ in range(rounds):
            for arm, words in arms.items():
                seconds[arm].append(in_a_fresh_room("-m", seeds(24), *job, *words, *QUIET))
        ratios = [theirs / ours for ours, theirs in zip(*seconds.values(), strict=True)]
        aim = "at least 1.2" if depth == 1 else "at least 1"
        title = f"throughput of 24 jobs of {name}, {steps} steps, beside Hydra's basic launcher"
        yield {"what": title, "samples": ratios, "unit": "times", "aim": aim}


def tiny(room: Path) -> tuple[str, ...]:
    """Jobs of one step on a text of 2,000 characters: nearly nothing but their start."""
    (room / "text.txt").write_text("to be or not to be, that is the question\n" * 50)
    job = ("data=text", f"data.path={room / 'text.txt'}", "stack.hidden_size=8", "trainer.max_steps=1", "trainer.batch_size=2")
    return (*job, *QUIET)


def start(rounds: int) -> Iterator[Row]:
    seconds = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            room = Path(name)
            command(room, "-m", seeds(25), *tiny(room))
            records = sorted((path.stat().st_mtime, read(path).train["seconds"]) for path in room.glob("runs/*/records/*.json"))
        training = sum(trained for _, trained in records[1:])
        seconds.append((records[-1][0] - records[0][0] - training) / 24)  # from the first job's record to the last one's
    title = "a further job without its step of training: start, scoring, record"
    yield {"what": title, "samples": seconds, "unit": "s", "aim": "below 0.2 s"}


def finished(rounds: int) -> Iterator[Row]:
    seconds = []
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        words = ("-m", seeds(25), "cell=elman,gru,lstm,gru_reset_after", *tiny(room))
        command(room, *words, "launcher.jobs=2")
        for _ in range(rounds):
            seconds.append(command(room, *words))
    title = "a finished sweep of 100 records, checked and tabled again"
    yield {"what": title, "samples": seconds, "unit": "s", "aim": "below 5 s"}


def decoding(rounds: int) -> Iterator[Row]:
    job = ("task=translation", "data=cmudict", "trainer.epochs=8", "trainer.threads=1", "trainer.batch_size=128")
    ways = ("decode=beam", "decode.width=1,2,5,10", "decode.length_penalty=0.0,0.75,1.5", "launcher.jobs=2")
    alone, ratios = [], []
    for _ in range(rounds):
        alone.append(in_a_fresh_room("-m", "decode=greedy", *job, *QUIET[:2]))
        ratios.append(in_a_fresh_room("-m", *ways, *job, *QUIET[:2]) / alone[-1])
    minutes = statistics.median(alone) / 60
    title = f"12 ways of decoding against one training and its greedy decoding ({minutes:.1f} minutes)"
    yield {"what": title, "samples": ratios, "unit": "times", "aim": "at most 1.3"}


PARTS: dict[str, Callable[[int], Iterator[Row]]] = {
    "throughput": throughput,
    "start": start,
    "finished": finished,
    "decoding": decoding,
}


def measure(parts: Mapping[str, Callable[[int], Iterator[Row]]], about: str | None) -> None:
    """A benchmark of parts as a program: prints their rows, and keeps them beside those of other benchmarks of sweeps."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each part")
    parser.add_argument("--only", choices=parts, action="append", help="one part; may be given several times")
    parser.add_argument("--write", action="store_true", help="samples and table into runs/sweep_cost/ too")
    options = parser.parse_args()
    folder = ROOT / "runs" / "sweep_cost"
    samples = folder / "samples.json"
    measured: dict[str, Part] = json.loads(samples.read_text()) if options.write and samples.exists() else {}
    for name in options.only or parts:
        rows = list(parts[name](options.rounds))
        measured[name] = {"rows": rows, "machine": machine.describe("cpu"), "code": machine.commit()}
        print("\n".join(map(line, rows)), flush=True)
        if options.write:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(samples, json.dumps(measured, indent=1) + "\n")
            write_atomically(folder / "table.md", table(measured))


def table(measured: Mapping[str, Part]) -> str:
    lines = ["## What a sweep costs", "", "| what | median [range] | turns | aim |", "| :--- | :--- | ---: | :--- |"]
    lines += [line(row) for part in measured.values() for row in part["rows"]]
    lines += ["", *dict.fromkeys(environment(part["machine"], part["code"]) for part in measured.values())]
    return "\n".join(lines) + "\n"


def line(row: Row) -> str:
    samples = row["samples"]
    spread = "" if len(samples) == 1 else f" [{min(samples):.3g}, {max(samples):.3g}]"
    return f"| {row['what']} | {statistics.median(samples):.3g}{spread} {row['unit']} | {len(samples)} | {row['aim']} |"


def environment(machine_info: Mapping[str, Any], code: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine_info["versions"].items() if version)
    changed = ", with uncommitted changes" if code["dirty"] else ""
    return f"- {machine_info['processor']}, {machine_info['cores']} cores; {versions}; commit {code['commit'][:12]}{changed}."


if __name__ == "__main__":
    measure(PARTS, __doc__)
