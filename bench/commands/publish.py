"""`python -m bench publish FOLDER`: copies a sweep into results/, the published reference.

    python -m bench publish runs/NAME                         records, outputs, tables, figures, report: whole or not at all
    python -m bench publish results/NAME --reword             in the words that conf/sweep/ has today for its note and claims
    python -m bench publish results/NAME --stale "REASON"     says in the index that it cannot be reproduced today

Nothing else ever writes into results/. Runs that the reference has and FOLDER lacks are not dropped without --replace.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG
from bench.records import record_files
from bench.sweeps import reference


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} publish",
        description="Publish a sweep as the reference: its records in one file, the outputs that F1 and BLEU are computed "
        "from, and the tables, figures and report.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as runs/cells")
    parser.add_argument("--to", type=Path, default=reference.FOLDER, metavar="FOLDER", help="the reference (default: results)")
    parser.add_argument("--replace", action="store_true", help="drop runs of the reference that the folder lacks")
    parser.add_argument(
        "--stale",
        metavar="REASON",
        help="why the sweep cannot be reproduced today; '' where it can; without it what was said before stays",
    )
    parser.add_argument("--reword", action="store_true", help="first take the words of the sweep from conf/sweep/ of today")
    options = parser.parse_args(arguments)
    for folder in options.folder:
        if options.reword:
            reference.reword(folder)
        published = reference.publish(folder, options.to, replace=options.replace, stale=options.stale)
        reason = record_files.stale(published)
        print(f"{published}; stale: {reason}" if reason else published)
    return 0
