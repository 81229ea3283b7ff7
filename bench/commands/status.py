"""`python -m bench status FOLDER`: what of a sweep is done, failed, running, waiting, and how to repeat a job of it.

python -m bench status runs/NAME            of a sweep that runs or ran here
python -m bench status runs/NAME --job 7    the command that repeats job 7
python -m bench status results              of every published sweep: how many of its records have today's names
"""

import argparse
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG
from bench.errors import ConfigError
from bench.records.plan import Entry, plan_path, read, seconds_left
from bench.sweeps import reference
from bench.terminal import clock


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} status",
        description="What of a sweep is done, failed, running and waiting, and how to repeat one of its jobs.",
    )
    parser.add_argument("folder", type=Path, help="the folder of a sweep, such as runs/quick, or results")
    parser.add_argument("--job", type=int, metavar="N", help="the command that repeats job N, and nothing else")
    given = parser.parse_args(arguments)
    if not plan_path(given.folder).is_file() and (told := reference.state(given.folder)):
        print("\n".join(told))
        return 0
    entries, at_once = read(given.folder)
    if given.job is None:
        print("\n".join(_lines(given.folder, entries, at_once)))
        return 0
    if not 1 <= given.job <= len(entries):
        raise ConfigError(f"--job={given.job} is out of range: the sweep has jobs 1 to {len(entries)}.")
    print(_command(entries[given.job - 1]))
    return 0


def _lines(folder: Path, entries: Sequence[Entry], at_once: int) -> list[str]:
    counts = Counter(entry.status for entry in entries)
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    left = seconds_left(entries, at_once)
    about = "" if left is None else f"; about {clock(left)} left"
    lines = [f"{folder}: {told}, of {len(entries)} jobs{about}"]
    common = set.intersection(*(set(entry.words) for entry in entries))
    for number, entry in enumerate(entries, 1):
        if entry.status != "ok":
            own = " ".join(word for word in entry.words if word not in common)
            since = f"  {clock(entry.seconds)}" if entry.status == "running" else ""
            lines.append(f"job {number}  {entry.status}{since}  {own}  {entry.error}".rstrip())
    return [*lines, f"repeat one: {PROG} status {folder} --job N prints its command"]


def _command(entry: Entry) -> str:
    return shlex.join(["python", "-m", "bench", "hydra.mode=RUN", *entry.words])
