"""`python -m bench.status results/NAME`: what of a sweep is done, failed, running, waiting, and how to repeat a job of it."""

import argparse
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.ledger import Entry, read, seconds_left
from bench.line import clock


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 for a folder without a sweep or a job that it does not have."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.status",
        description="What of a sweep is done, failed, running and waiting, and how to repeat one of its jobs.",
    )
    parser.add_argument("folder", type=Path, help="the folder of a sweep, such as results/quick")
    parser.add_argument("--job", type=int, metavar="N", help="the command that repeats job N, and nothing else")
    given = parser.parse_args(arguments)
    try:
        entries, at_once = read(given.folder)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if given.job is None:
        print("\n".join(_lines(given.folder, entries, at_once)))
        return 0
    if not 1 <= given.job <= len(entries):
        print(f"--job={given.job} is out of range: the sweep has jobs 1 to {len(entries)}.", file=sys.stderr)
        return 2
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
    return [*lines, f"repeat one: python -m bench.status {folder} --job N prints its command"]


def _command(entry: Entry) -> str:
    return shlex.join(["python", "-m", "bench", "hydra.mode=RUN", *entry.words])


if __name__ == "__main__":
    sys.exit(main())
