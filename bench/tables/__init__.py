"""Tables from records, and from nothing else.

    records -> comparison (rows, tuning) -> table (columns, cells, caption) -> Markdown, LaTeX, HTML, CSV, terminal

`python -m bench.tables results/NAME` makes a sweep's tables, figures and the index again; a sweep calls `make` at its
end. No module here trains, measures or knows a task.
"""

from bench.tables.table import Table, TableError
from bench.tables.terminal import to_terminal
from bench.tables.write import make, make_all

__all__ = ["Table", "TableError", "make", "make_all", "to_terminal"]
