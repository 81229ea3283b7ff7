"""`python -m bench.compare results/A results/B`, `python -m bench.compare results/A --by-sentence`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.tables import to_terminal


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 when nothing moved (or sentences were compared), 1 when something moved, 2 for a refused command."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare",
        description="Which rows of two folders of results moved beyond the noise of their seeds; with --by-sentence, how far "
        "the outputs of one folder's rows are from those of its baseline row, resampled over sentences.",
        epilog="Exit status: 0 nothing moved, 1 something moved, 2 refused. With --by-sentence 0 or 2.",
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="the folder of a sweep, such as results/quick")
    parser.add_argument("--by-sentence", action="store_true", help="F1 and BLEU of one folder, resampled over sentences")
    parser.add_argument(
        "--data",
        default=os.environ.get("BENCH_DATA"),
        metavar="FOLDER",
        help="folder of data files, for the references that BLEU needs (default: BENCH_DATA)",
    )
    given = parser.parse_args(arguments)
    wanted = 1 if given.by_sentence else 2
    if len(given.folders) != wanted:
        word = "folder with --by-sentence" if given.by_sentence else "folders to compare, or one with --by-sentence"
        print(f"{len(given.folders)} folders are given: give {wanted} {word}.", file=sys.stderr)
        return 2
    try:
        if given.by_sentence:
            from bench.compare.sentences import by_sentence

            tables, any_moved = by_sentence(given.folders[0], given.data), False
        else:
            from bench.compare.moved import moved

            tables, any_moved = moved(*given.folders)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for table in tables:
        to_terminal(table)
    return int(any_moved)


if __name__ == "__main__":
    sys.exit(main())
