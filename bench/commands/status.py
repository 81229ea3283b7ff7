"""`python -m bench status FOLDER`: how many jobs of a sweep are done, failed, running, waiting, and how to repeat one.

python -m bench status runs/NAME            of a sweep that runs or ran here
python -m bench status runs/NAME --job 7    the command that repeats job 7
python -m bench status results              of every published sweep: how many of its records have current names
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
        description="Show how many jobs of a sweep are done, failed, running and waiting, and how to repeat one.",
    )
    parser.add_argument("folder", type=Path, help="the folder of a sweep, such as runs/quick, or results")
    parser.add_argument("--job", type=int, metavar="N", help="print only the command that repeats job N")
    options = parser.parse_args(arguments)
    if not plan_path(options.folder).is_file() and (lines := reference.state(options.folder)):
        print("\n".join(lines))
        return 0
    entries, at_once = read(options.folder)
    if options.job is None:
        print("\n".join(_lines(options.folder, entries, at_once)))
        return 0
    if not plan_path(options.folder).is_file():
        raise ConfigError(
            f"--job={options.job} is refused: {options.folder} is of a search, whose trials have no command of their own."
        )
    if not 1 <= options.job <= len(entries):
        raise ConfigError(f"--job={options.job} is out of range: the sweep has jobs 1 to {len(entries)}.")
    print(_command(entries[options.job - 1]))
    return 0


def _lines(folder: Path, entries: Sequence[Entry], at_once: int) -> list[str]:
    counts = Counter(entry.status for entry in entries)
    summary = ", ".join(f"{count} {status}" for status, count in counts.items())
    left = seconds_left(entries, at_once)
    remaining = "" if left is None else f"; about {clock(left)} left"
    lines = [f"{folder}: {summary}, of {len(entries)} jobs{remaining}"]
    common = set.intersection(*(set(entry.words) for entry in entries)) if entries else set()
    for number, entry in enumerate(entries, 1):
        if entry.status != "ok":
            overrides = " ".join(word for word in entry.words if word not in common)
            since = f"  {clock(entry.seconds)}" if entry.status == "running" else ""
            lines.append(f"job {number}  {entry.status}{since}  {overrides}  {entry.remark}".rstrip())
    if not plan_path(folder).is_file():
        return [*lines, "a search: repeat its command to go on"]
    return [*lines, f"repeat one: {PROG} status {folder} --job N prints its command"]


def _command(entry: Entry) -> str:
    return shlex.join(["python", "-m", "bench", "hydra.mode=RUN", *entry.words])
