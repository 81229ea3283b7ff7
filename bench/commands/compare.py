"""`python -m bench compare FOLDER FOLDER`, `python -m bench compare FOLDER --by-sentence`: what differs beyond chance.

Which rows of two folders moved beyond the noise of their seeds; or how far the outputs of one folder's rows are from those of
its baseline row, resampled over sentences. Exit status: 0 no row changed, 1 some row changed, 2 refused.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.commands import PROG
from bench.errors import ConfigError


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROG} compare",
        description="Show which rows differ between two folders of results by more than the noise of their seeds; with "
        "--by-sentence, compare the outputs of one folder's rows with those of its baseline row, resampled over sentences.",
        epilog="Exit status: 0 no row changed, 1 some row changed, 2 refused. With --by-sentence 0 or 2.",
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="the folder of a sweep, such as runs/quick")
    parser.add_argument(
        "--by-sentence", action="store_true", help="F1, accuracy, error rates and BLEU of one folder, resampled over sentences"
    )
    options = parser.parse_args(arguments)
    wanted = 1 if options.by_sentence else 2
    if len(options.folders) != wanted:
        what = "folder with --by-sentence" if options.by_sentence else "folders to compare, or one with --by-sentence"
        raise ConfigError(f"{len(options.folders)} folders are given: give {wanted} {what}.")
    from bench.tables import to_terminal

    if options.by_sentence:
        from bench.compare.sentences import by_sentence

        tables, any_moved = by_sentence(options.folders[0]), False
    else:
        from bench.compare.moved import moved

        tables, any_moved = moved(*options.folders)
    for table in tables:
        to_terminal(table)
    return int(any_moved)
