"""`python -m bench verify results/NAME [--jobs K]`: trains published runs again and says whether they came out alike.

Bit-equal, equal to rounding (one part in a million), or moved. The same seed gives the same bits with the same code on one
family of processors with the same vector instructions: elsewhere sums run in another order, and what is rounding at first may
grow over a long training. So both are named. Exit status: 0 none moved, 1 some moved, 2 refused.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands import PROG

if TYPE_CHECKING:
    from bench.compare.verified import Verified


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} verify",
        description="Train committed runs again, and report for each whether it is bit-equal, equal to rounding or moved, and "
        "on which family of processors. Nothing that was trained before is used.",
        epilog="Exit status: 0 none moved, 1 some moved, 2 refused.",
    )
    parser.add_argument("folder", type=Path, help="a published sweep, such as results/tagging")
    parser.add_argument("--jobs", type=int, default=1, metavar="K", help="how many of its runs (default: 1)")
    parser.add_argument("--note", action="store_true", help="keep the outcome beside the records, for the index of results")
    options = parser.parse_args(arguments)
    from bench.compare.verified import MOVED
    from bench.sweeps import reference, verification
    from bench.tables.write import records_of

    outcomes = []
    for outcome in verification.verify(verification.chosen(records_of(options.folder), options.jobs)):
        moved_by = f" by {outcome.share:.2g} of it in {outcome.metric}" if outcome.share else ""
        print(f"{outcome.run_id}: {outcome.outcome}{moved_by}, {_where(outcome)}", flush=True)
        outcomes.append(outcome)
    if options.note:
        reference.note_verified(options.folder, outcomes)
    return int(any(outcome.outcome == MOVED for outcome in outcomes))


def _where(outcome: "Verified") -> str:
    if outcome.same_family:
        return f"on {outcome.trained_on}, the recorded family"
    if outcome.perhaps_same_family:
        return (
            f"on {outcome.trained_on}, recorded on {outcome.recorded_on} with instructions that the record does not name: "
            "equal bits only if they were the same"
        )
    return f"on {outcome.trained_on}, recorded on {outcome.recorded_on}: equal bits are not to be expected"
