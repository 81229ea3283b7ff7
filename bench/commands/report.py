"""`python -m bench report FOLDER ...`: one HTML page about a sweep, report.html in its folder."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} report",
        description="Make report.html, one page with everything about a sweep; tables and figures are made again too.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as runs/quick")
    from bench.report import write

    for folder in parser.parse_args(arguments).folder:
        print(write.make(folder).page)
    return 0
