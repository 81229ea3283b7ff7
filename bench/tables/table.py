"""The table: titled columns, rows of cells, a caption. Renderings read it and nothing else.

A cell carries the raw number (`value`, `low`, `high`, `n`) beside the text that people read, so that a CSV file and a
published page come from the same object. It is not a data frame: nothing is computed from it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.errors import Refusal

Value = str | int | float | bool | None
"""A value in a config or a cell; None stands for null and for a key that a config does not have."""

Better = Literal["lower", "higher", ""]

DATA = "Data: "
"""How a sentence begins that names its data itself."""
ARROWS: dict[Better, str] = {"lower": "↓", "higher": "↑", "": ""}


class TableError(Refusal):
    """Records that make no table; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Cell:
    """`text` is for people; an interval has `low` and `high`; `n` counts the numbers behind `value`."""

    text: str
    value: Value = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    best: bool = False


EMPTY = Cell("–")  # noqa: RUF001


@dataclass(frozen=True)
class Column:
    """`key` is unique in its table: a dotted config key, `test.perplexity`, `speed.train_tokens_per_second`.

    `weight`: which columns a narrow page drops first, those with the highest; 0 is never dropped. A `detail` column
    is for CSV only.
    """

    key: str
    name: str
    unit: str = ""
    better: Better = ""
    numeric: bool = True
    weight: int = 0
    detail: bool = False

    @property
    def heading(self) -> str:
        return f"{self.name} {ARROWS[self.better]}".rstrip()


@dataclass(frozen=True)
class Filled:
    """A column with one cell a row: what a table is assembled from."""

    column: Column
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Row:
    """`source` is given for a published row only, and is then never empty."""

    cells: tuple[Cell, ...]
    source: str = ""

    @property
    def published(self) -> bool:
        return bool(self.source)

    @property
    def span(self) -> int:
        """How many columns the first cell may run over: in a published row, its name and the empty cells after it."""
        if not self.published:
            return 1
        return next((index for index, cell in enumerate(self.cells) if index and cell.text), len(self.cells))


@dataclass(frozen=True)
class Table:
    """All rows are of one task and on one data set: the one with this name and this sha256 of its content.

    `caption` is what must be known to read the numbers; `provenance` is the rest, which a page says once for all of its tables.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: tuple[str, ...]
    data_name: str
    data_sha256: str
    provenance: tuple[str, ...] = ()
    task: str = ""

    def shown(self) -> Table:
        """The table without its detail columns, as people read it."""
        return self.only([column for column in self.columns if not column.detail])

    def only(self, columns: list[Column]) -> Table:
        """The table with these of its columns."""
        return self.ordered([index for index, column in enumerate(self.columns) if column in columns])

    def ordered(self, indices: Sequence[int]) -> Table:
        """The table with the columns at these indices, in this order."""
        rows = tuple(Row(tuple(row.cells[index] for index in indices), row.source) for row in self.rows)
        chosen = tuple(self.columns[index] for index in indices)
        return replace(self, columns=chosen, rows=rows)


def provenance_of(tables: Sequence[Table]) -> list[str]:
    """What a page says once for all of its tables; what holds on one of several data sets alone begins with its name."""
    every = dict.fromkeys((table.data_name, table.data_sha256) for table in tables)
    spoken: dict[str, dict[tuple[str, str], None]] = {}
    for table in tables:
        for sentence in table.provenance:
            spoken.setdefault(sentence, {})[table.data_name, table.data_sha256] = None
    return [
        sentence
        if len(named) == len(every) or sentence.startswith(DATA)
        else f"{', '.join(name for name, _ in named)}: {sentence}"
        for sentence, named in spoken.items()
    ]
