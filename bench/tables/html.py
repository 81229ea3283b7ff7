"""HTML: one page that needs nothing beside itself, light or dark as its reader likes; `fragment` is one table of it.

A click on a heading sorts by that column, another one the other way round; published rows stay below ours.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from bench.records.visible_text import visible
from bench.tables.table import ARROWS, Cell, Column, Row, Table, provenance_of

WARNINGS = "The budget still decides"
"""How a sentence of a caption begins that is never folded away."""
SPLITS = ("test.", "validation.", "train.")

STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --soft: #5d646c; --line: #d5d8dc; --band: #f5f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e9; --paper: #16181b; --soft: #a3aab2; --line: #383c42; --band: #1e2125; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 2rem auto; max-width: 112rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 14px/1.45 system-ui, sans-serif; overflow-wrap: break-word; }
.bench-table { margin: 0 0 3rem; }
.bench-table h2 { font-size: 1.25rem; font-weight: 600; margin: 0 0 .6rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--soft); }
table { border-collapse: collapse; border-block: 2px solid var(--ink); font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .55rem; text-align: left; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom; white-space: normal; }
thead button { all: unset; cursor: pointer; }
thead button:focus-visible { outline: 2px solid var(--soft); }
[aria-sort=ascending] button, [aria-sort=descending] button { text-decoration: underline; }
tbody th { font-weight: 400; position: sticky; left: 0; background: inherit; }
tbody tr { background: var(--paper); }
tbody tr:nth-child(even) { background: var(--band); }
.number { text-align: right; }
tbody .published th { position: static; white-space: normal; min-width: 14rem; }
.published { font-style: italic; color: var(--soft); }
tr.first td, tr.first th { border-top: 1px solid var(--line); }
@media (max-width: 40rem) {
  table { width: max-content; }
  tbody tr:not(.published) th { white-space: normal; max-width: 9rem; overflow-wrap: break-word; }
}
.bench-table ul { color: var(--soft); font-size: .85rem; max-width: 60rem; padding-left: 1.1rem; }
.bench-table details { border: 0; padding: 0; }
.bench-table summary { color: var(--soft); font-size: .85rem; cursor: pointer; margin: .5rem 0; }
.warning { font-size: .85rem; max-width: 60rem; margin: .5rem 0 0; }
""".strip()

SORT = """
document.addEventListener("click", event => {
  const head = event.target.closest && event.target.closest("thead th");
  if (!head) return;
  const table = head.closest("table"), body = table.tBodies[0], heads = [...head.parentNode.children];
  const column = heads.indexOf(head), up = head.getAttribute("aria-sort") !== "ascending";
  heads.forEach(other => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = row => row.cells[column] && row.cells[column].dataset.value;
  const compare = (a, b) => head.classList.contains("number") ? a - b : a.localeCompare(b);
  const ours = [...body.rows].filter(row => !row.classList.contains("published"));
  const others = [...body.rows].filter(row => row.classList.contains("published"));
  ours.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (!left || !right) return (left ? 0 : 1) - (right ? 0 : 1);
    return (up ? 1 : -1) * compare(left, right);
  });
  body.append(...ours, ...others);
});
""".strip()


def page(title: str, body: str, *, style: str) -> str:
    """A whole page of one language, with what sorts its tables."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n{body}\n"
        f"<script>\n{SORT}\n</script>\n</body>\n</html>\n"
    )


def escape(text: str) -> str:
    return html.escape(visible(text))


def fragment(table: Table) -> str:
    """One table with its caption, for a page that brings `STYLE` and `SORT`."""
    displayed = _in_reading_order(table.shown())
    heads = "".join(_head(column) for column in displayed.columns)
    published = [row.published for row in displayed.rows]
    first = published.index(True) if True in published else None
    body = "\n".join(_row(row, displayed.columns, is_first=index == first) for index, row in enumerate(displayed.rows))
    warnings = [sentence for sentence in displayed.caption if sentence.startswith(WARNINGS)]
    lines = "\n".join(f"<li>{escape(sentence)}</li>" for sentence in displayed.caption if sentence not in warnings)
    notes = "".join(f'\n<p class="warning">{escape(sentence)}</p>' for sentence in warnings)
    if lines:
        notes += f"\n<details>\n<summary>How to read this table</summary>\n<ul>\n{lines}\n</ul>\n</details>"
    title = escape(displayed.title)
    return (
        f'<section class="bench-table">\n<h2>{title}</h2>\n'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{title}">\n'
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>{notes}\n</section>"
    )


def _in_reading_order(table: Table) -> Table:
    """What is looked for first comes first: metrics before how many seeds and parameters, a verdict before what it rests on."""
    keys = [column.key for column in table.columns]
    if not any(key.startswith(SPLITS) for key in keys):
        return table.ordered(sorted(range(len(keys)), key=lambda index: table.columns[index].weight))
    sizes = [index for index, key in enumerate(keys) if key in ("seeds", "parameters")]
    others = [index for index in range(len(keys)) if index not in sizes]
    speeds = next((place for place, index in enumerate(others) if keys[index].startswith("speed.")), len(others))
    return table.ordered([*others[:speeds], *sizes, *others[speeds:]])


def provenance(tables: Sequence[Table]) -> str:
    """What is said once for all tables of a page; "" where there is nothing to say."""
    sentences = "\n".join(f"<li>{escape(sentence)}</li>" for sentence in provenance_of(tables))
    if not sentences:
        return ""
    folded = f"<details>\n<summary>Data, versions, commit</summary>\n<ul>\n{sentences}\n</ul>\n</details>"
    return f'<section class="bench-table">\n<h2>Provenance</h2>\n{folded}\n</section>'


def _head(column: Column) -> str:
    number = ' class="number"' if column.numeric else ""
    heading = escape(column.name) + (f"&nbsp;{ARROWS[column.better]}" if column.better else "")
    return f'<th scope="col"{number} title="{escape(column.key)}"><button type="button">{heading}</button></th>'


def _row(row: Row, columns: Sequence[Column], *, is_first: bool) -> str:
    classes = [name for name, applies in (("published", row.published), ("first", is_first)) if applies]
    opening = f'<tr class="{" ".join(classes)}">' if classes else "<tr>"
    cells = [_cell(cell, column) for cell, column in zip(row.cells[row.span :], columns[row.span :], strict=True)]
    span = f' colspan="{row.span}"' if row.span > 1 else ""
    number = ' class="number"' if columns[0].numeric and not row.published else ""
    first = row.cells[0]
    name = f'<th scope="row"{span}{number}{_value(first, columns[0])}>{escape(first.text)}</th>'
    return f"{opening}{name}{''.join(cells)}</tr>"


def _cell(cell: Cell, column: Column) -> str:
    number = ' class="number"' if column.numeric else ""
    text = f"<strong>{escape(cell.text)}</strong>" if cell.best else escape(cell.text)
    return f"<td{number}{_value(cell, column)}>{text}</td>"


def _value(cell: Cell, column: Column) -> str:
    """What the column is sorted by; nothing for a number that is not there, which goes last."""
    value = cell.text if cell.value is None and not column.numeric else cell.value
    return "" if value is None else f' data-value="{escape(str(value))}"'
