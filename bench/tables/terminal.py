"""The terminal: the table with rich. Where it is too narrow, the columns that weigh most go first and are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from bench.records.visible_text import visible
from bench.tables.table import Column, Row, Table, provenance_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

WIDE = 400
"""Characters a line where the output is no terminal, a log for instance: nothing is dropped or wrapped there."""

GAP = 3


def to_terminal(table: Table, console: Console | None = None, *, captions: bool = True) -> None:
    """Print the table and, if asked, its caption, to standard output unless a console is given."""
    from rich.text import Text

    console = console or _console()
    displayed = table.shown()
    fitting = _fit(displayed, console.width)
    console.print(Text(f"\n{visible(displayed.title)}", style="bold"))
    console.print(_draw(fitting))
    dropped = [column.name for column in displayed.columns if column not in fitting.columns]
    if dropped and captions:
        console.print(Text(f"Not shown, since the terminal is too narrow: {visible(', '.join(dropped))}.", style="dim"))
    for sentence in displayed.caption if captions else ():
        console.print(Text(f"- {visible(sentence)}", style="dim"))


def provenance_to_terminal(tables: Sequence[Table]) -> None:
    """Print what is said once for all tables."""
    from rich.text import Text

    console, sentences = _console(), provenance_of(tables)
    if sentences:
        console.print(Text("\nProvenance", style="bold"))
    for sentence in sentences:
        console.print(Text(f"- {visible(sentence)}", style="dim"))


def _console() -> Console:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _fit(table: Table, width: int) -> Table:
    while _width(table) > width and any(column.weight for column in table.columns):
        heaviest = max(column.weight for column in table.columns)
        last = [column for column in table.columns if column.weight == heaviest][-1]
        table = table.only([column for column in table.columns if column is not last])
    return table


def _width(table: Table) -> int:
    widths = [
        max(len(text) for text in [*_heading(column), *(part for row in table.rows for part in _parts(row, index))])
        for index, column in enumerate(table.columns)
    ]
    return sum(widths) + GAP * len(widths)


def _parts(row: Row, index: int) -> list[str]:
    """What cannot be broken: a whole cell, or a word of a published row's name."""
    text = visible(row.cells[index].text)
    return text.split() or [""] if row.published and not index else [text]


def _heading(column: Column) -> list[str]:
    """The heading in lines of one word, since most are longer than the numbers under them; the arrow ends the last."""
    words = visible(column.heading).split()
    return [*words[:-2], " ".join(words[-2:])] if column.better and len(words) > 1 else words


def _draw(table: Table) -> Drawn:
    from rich import box
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), header_style="bold", show_edge=False)
    for index, column in enumerate(table.columns):
        justify: Literal["right", "left"] = "right" if column.numeric else "left"
        drawn.add_column(Text("\n".join(_heading(column))), justify=justify, vertical="bottom", no_wrap=index > 0)
    for row in table.rows:
        drawn.add_row(*(_cell(row, index) for index in range(len(table.columns))))
    return drawn


def _cell(row: Row, index: int) -> Text:
    from rich.text import Text

    cell = row.cells[index]
    return Text(visible(cell.text), style="italic" if row.published else "bold" if cell.best else "")
