"""`python -m bench.tables results/NAME`: makes the tables of a sweep again from its records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.tables import make, to_terminal


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 when the tables are made, 2 for a folder that gives none."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.tables",
        description="Make table.{md,tex,html,csv}, figures/ and the index of all sweeps again, from the records alone.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as results/quick")
    for folder in parser.parse_args(arguments).folder:
        try:
            tables = make(folder)
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        for table in tables:
            to_terminal(table)
        print(f"\ntables and figures: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
