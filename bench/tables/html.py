"""HTML: one page that needs nothing beside itself, light or dark as its reader likes; `fragment` is one table of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.tables.table import ARROWS, Cell, Column, Row, Table

STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --soft: #6a7078; --line: #d5d8dc; --band: #f5f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e9; --paper: #16181b; --soft: #9aa1a9; --line: #383c42; --band: #1e2125; }
}
body { margin: 2rem auto; max-width: 78rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 14px/1.45 system-ui, sans-serif; }
.bench-table { margin: 0 0 3rem; overflow-x: auto; }
.bench-table table { border-collapse: collapse; border-block: 2px solid var(--ink);
  font-variant-numeric: tabular-nums; }
.bench-table caption { text-align: left; font-size: 1.25rem; font-weight: 600; padding-bottom: .6rem; }
.bench-table th, .bench-table td { padding: .3rem .55rem; text-align: left; white-space: nowrap; }
.bench-table thead th { border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom;
  white-space: normal; }
.bench-table tbody th { font-weight: 400; }
.bench-table tbody tr:nth-child(even) { background: var(--band); }
.bench-table .number { text-align: right; }
.bench-table .published { font-style: italic; color: var(--soft); }
.bench-table tr.first td, .bench-table tr.first th { border-top: 1px solid var(--line); }
.bench-table ul { color: var(--soft); font-size: .85rem; max-width: 60rem; padding-left: 1.1rem; }
""".strip()


def render(tables: Sequence[Table]) -> str:
    title = escape(tables[0].title)
    body = "\n".join(fragment(table) for table in tables)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def fragment(table: Table) -> str:
    """One table with its caption, for a page that brings `STYLE`."""
    shown = table.shown()
    heads = "".join(_head(column) for column in shown.columns)
    published = [row.published for row in shown.rows]
    first = published.index(True) if True in published else None
    body = "\n".join(_row(row, shown.columns, is_first=index == first) for index, row in enumerate(shown.rows))
    notes = "\n".join(f"<li>{escape(sentence)}</li>" for sentence in shown.caption)
    return (
        f'<section class="bench-table">\n<table>\n<caption>{escape(shown.title)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n<ul>\n{notes}\n</ul>\n</section>"
    )


def _head(column: Column) -> str:
    number = ' class="number"' if column.numeric else ""
    heading = escape(column.name) + (f"&nbsp;{ARROWS[column.better]}" if column.better else "")
    return f'<th scope="col"{number} title="{escape(column.key)}">{heading}</th>'


def _row(row: Row, columns: Sequence[Column], *, is_first: bool) -> str:
    classes = [name for name, applies in (("published", row.published), ("first", is_first)) if applies]
    opening = f'<tr class="{" ".join(classes)}">' if classes else "<tr>"
    cells = [_cell(cell, column) for cell, column in zip(row.cells[row.span :], columns[row.span :], strict=True)]
    span = f' colspan="{row.span}"' if row.span > 1 else ""
    number = ' class="number"' if columns[0].numeric and not row.published else ""
    name = f'<th scope="row"{span}{number}>{escape(row.cells[0].text)}</th>'
    return f"{opening}{name}{''.join(cells)}</tr>"


def _cell(cell: Cell, column: Column) -> str:
    number = ' class="number"' if column.numeric else ""
    text = f"<strong>{escape(cell.text)}</strong>" if cell.best else escape(cell.text)
    return f"<td{number}>{text}</td>"
