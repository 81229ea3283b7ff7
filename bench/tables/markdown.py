"""Markdown, as GitHub reads it: a table, its caption as a list, its figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from bench.records.visible_text import visible
from bench.tables.table import Cell, Row, Table

SPECIAL = re.compile(r"([\\`*|$~#<>]|\[(?![-\d])|\](?=[(\[:])|(?<![^\W_])_|_(?![^\W_]))")
"""What Markdown could take for markup. An underscore inside a word is none, nor are brackets round an interval."""


def render(tables: Sequence[Table], figures: Sequence[str] = ()) -> str:
    """All tables of a sweep, each under its own heading; `figures` are paths relative to the file."""
    pictures = [f"![{escape(PurePosixPath(figure).stem)}]({figure})" for figure in figures]
    return "\n\n".join([*(_table(table) for table in tables), *pictures]) + "\n"


def escape(text: str) -> str:
    return SPECIAL.sub(r"\\\1", visible(text)).replace("&", "&amp;")


def _table(table: Table) -> str:
    displayed = table.shown()
    lines = [
        _line([escape(column.heading) for column in displayed.columns]),
        _line(["---:" if column.numeric else ":---" for column in displayed.columns]),
        *(_line([_cell(cell, row) for cell in row.cells]) for row in displayed.rows),
    ]
    caption = "\n".join(f"- {escape(sentence)}" for sentence in displayed.caption)
    return f"## {escape(displayed.title)}\n\n" + "\n".join(lines) + f"\n\n{caption}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, row: Row) -> str:
    text = escape(cell.text)
    if row.published and text:
        return f"*{text}*"
    return f"**{text}**" if cell.best else text
