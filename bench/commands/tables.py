"""`python -m bench tables FOLDER ...`: makes the tables and figures of a sweep again, from its records alone.

Of a published sweep (`results/NAME`) it makes everything that is published again, byte for byte where neither records nor the
suite changed.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} tables",
        description="Make table.{md,tex,csv}, findings.csv, figures/ and the index of sweeps again, from the records alone; "
        "of a published sweep the report too.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as runs/quick or results/cells")
    from bench import tables
    from bench.records import record_files
    from bench.report import write

    for folder in parser.parse_args(arguments).folder:
        published = record_files.path_of(folder).is_file()
        result = write.make(folder).tables if published else tables.make(folder)
        for table in result:
            tables.to_terminal(table)
        print(f"\ntables and figures: {folder}")
    return 0
