"""`python -m bench publish FOLDER`: puts a sweep into results/, the reference that is kept and cited.

    python -m bench publish runs/NAME                         records, outputs, tables, figures, report: whole or not at all
    python -m bench publish results/NAME --stale "REASON"     says in the index that it does not come out today

Nothing else ever writes into results/. Runs that the reference has and FOLDER lacks are not dropped without --replace.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG
from bench.sweeps import reference


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} publish",
        description="Put a sweep into the reference: its records in one file, the outputs that F1 and BLEU are computed "
        "from, and what is made of them.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as runs/cells")
    parser.add_argument("--to", type=Path, default=reference.FOLDER, metavar="FOLDER", help="the reference (default: results)")
    parser.add_argument("--replace", action="store_true", help="drop runs of the reference that the folder lacks")
    parser.add_argument("--stale", metavar="REASON", help="why the sweep does not come out today as it stands there")
    given = parser.parse_args(arguments)
    for folder in given.folder:
        print(reference.publish(folder, given.to, replace=given.replace, stale=given.stale))
    return 0
