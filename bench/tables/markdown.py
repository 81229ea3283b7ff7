"""Markdown, as GitHub reads it: tables with their captions as lists, the provenance of all, figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from bench.records.visible_text import visible
from bench.tables.table import Cell, Row, Table, provenance_of

SPECIAL = re.compile(r"([\\`*|$~#<>]|\[(?![-\d])|\](?=[(\[:])|(?<![^\W_])_|_(?![^\W_]))")
"""What Markdown could take for markup. An underscore inside a word is none, nor are brackets round an interval."""


def render(tables: Sequence[Table], figures: Sequence[str] = ()) -> str:
    """All tables of a sweep, each under its own heading; `figures` are paths relative to the file."""
    pictures = [f"![{escape(PurePosixPath(figure).stem)}]({figure})" for figure in figures]
    sentences = provenance_of(tables)
    provenance = [f"## Provenance\n\n{_list(sentences)}"] if sentences else []
    return "\n\n".join([*(_table(table) for table in tables), *provenance, *pictures]) + "\n"


def escape(text: str) -> str:
    return SPECIAL.sub(r"\\\1", visible(text)).replace("&", "&amp;")


def _table(table: Table) -> str:
    displayed = table.shown()
    lines = [
        _line([escape(column.heading) for column in displayed.columns]),
        _line(["---:" if column.numeric else ":---" for column in displayed.columns]),
        *(_line([_cell(cell, row) for cell in row.cells]) for row in displayed.rows),
    ]
    return f"## {escape(displayed.title)}\n\n" + "\n".join(lines) + f"\n\n{_list(displayed.caption)}"


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {escape(sentence)}" for sentence in sentences)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, row: Row) -> str:
    text = escape(cell.text)
    if row.published and text:
        return f"*{text}*"
    return f"**{text}**" if cell.best else text
