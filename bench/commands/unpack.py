"""`python -m bench unpack results/NAME`: puts published runs into runs/NAME, so that `+sweep=NAME` trains only what is missing.

That is how a row of your own stands beside the published ones, and how a sweep goes on that another machine began.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} unpack",
        description="Put the runs of a published sweep where a sweep looks for finished ones: it trains only what is missing.",
    )
    parser.add_argument("folder", type=Path, help="a published sweep, such as results/cells")
    parser.add_argument(
        "--to", type=Path, default=Path("runs"), metavar="FOLDER", help="paths.results of your sweeps (default: runs)"
    )
    options = parser.parse_args(arguments)
    from bench.sweeps.unpacking import unpack

    unpacked = unpack(options.folder, options.to)
    print(f"{unpacked.folder}: {unpacked.runs} published runs were added, {unpacked.kept} were there already")
    if unpacked.stale:
        print(f"they do not come out today as they stand: {unpacked.stale}")
    if unpacked.renamed:
        print(f"{unpacked.renamed} of them have other names today, so that a sweep trains them again")
    if unpacked.numbered:
        print(f"the outputs of {unpacked.numbered} of them stay in {options.folder}, where their tokens are numbers")
    return 0
