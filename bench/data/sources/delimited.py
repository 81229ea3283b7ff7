"""Rows of a table in text: a row a line, cells between separators, quotes around a cell that has one."""

import csv

from bench.data.sources.lines import lines_of
from bench.errors import DataError


def rows_of(name: str, file: str, text: str, separator: str = ",") -> list[tuple[int, list[str]]]:
    """(the line where it ends, its cells) of each row, empty ones too. Raises DataError that names `file` and the line."""
    lines = lines_of(text)
    for number, line in enumerate(lines, 1):
        if "\r" in line:
            raise DataError(
                f"data={name}: line {number} of {file} has a carriage return inside: lines end in a line feed, or in "
                "a carriage return and a line feed; convert the line ends of the file."
            )
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DataError(
            f"data={name}: line {reader.line_num} of {file} is no row of cells between {separator!r} ({error}); correct its "
            "quotes, or leave the line out."
        ) from error
