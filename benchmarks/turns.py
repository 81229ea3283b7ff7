"""Measures programs in turns: each a process of its own, one thread on one core, timed by the lines that it prints."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
Rates = dict[str, float]  # sentences per second of processor and of wall time
Rounds = dict[str, list[Rates]]


@dataclass(frozen=True)
class Line:
    """A line of a process's output, when it came, and the processor seconds that the process had used by then."""

    text: str
    wall_s: float
    processor_s: float


def output(command: Sequence[str], core: int) -> Generator[Line, None, None]:
    """Raises RuntimeError with the last lines when the process fails; ends the process when the caller stops asking."""

    def pin() -> None:
        os.sched_setaffinity(0, {core})

    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | threads, preexec_fn=pin
    )
    assert process.stdout
    lines: list[str] = []
    try:
        for text in process.stdout:
            lines.append(text)
            yield Line(text, time.perf_counter(), processor_seconds(process.pid))
        if process.wait():
            raise RuntimeError(f"{command[0]} ended with status {process.returncode}:\n{''.join(lines[-30:])}")
    finally:
        process.terminate()
        process.wait()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def rates(sentences: float, start: Line, end: Line) -> Rates:
    return {"processor": sentences / (end.processor_s - start.processor_s), "wall": sentences / (end.wall_s - start.wall_s)}


def in_turns(names: Sequence[str], rounds: int, title: str, measure: Callable[[str, int], Rates]) -> Rounds:
    """`rounds` times A B C, A B C: what disturbs the machine for a while disturbs all."""
    rounds_by_name: Rounds = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            speed = measure(name, number)
            rounds_by_name[name].append(speed)
            values = f"{speed['processor']:.1f} sentences/s (wall {speed['wall']:.1f})"
            print(f"{title}, round {number + 1} of {rounds}  {name}: {values}", flush=True)
    return rounds_by_name


def ratios(rounds_by_name: Rounds, baseline: str) -> dict[str, dict[str, float]]:
    """Median rate of each name, and its ratio to the baseline's of the same round: median, lowest, highest."""
    summary = {}
    for name, rounds in rounds_by_name.items():
        quotients = [
            rates["processor"] / other["processor"] for rates, other in zip(rounds, rounds_by_name[baseline], strict=True)
        ]
        rate = statistics.median(rates["processor"] for rates in rounds)
        summary[name] = {"rate": rate, "ratio": statistics.median(quotients), "low": min(quotients), "high": max(quotients)}
    return summary
