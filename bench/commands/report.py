"""`python -m bench.report results/NAME`: one HTML page about a sweep."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 when the report is made, 2 for a folder that gives none."""
    from bench.report.making import make

    parser = argparse.ArgumentParser(
        prog="python -m bench.report",
        description="Make report.html, one page with everything about a sweep; tables and figures are made again too.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as results/quick")
    for folder in parser.parse_args(arguments).folder:
        try:
            print(make(folder))
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
