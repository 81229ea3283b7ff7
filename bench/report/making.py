"""`report.html`, from the records and what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.record import write_atomically
from bench.tables import index, making
from bench.tables.draft import drafts
from bench.tables.table import Table


@dataclass(frozen=True)
class Made:
    """The report's path, and the tables in it."""

    page: Path
    tables: list[Table]


def make(folder: Path) -> Made:
    """Make tables, figures and the report of a sweep's folder, and the index beside it. Raises as `bench.tables.make`."""
    made = write(folder)
    index.refresh(making.results_of(folder.resolve(), making.records_of(folder)[0].sweep))
    return made


def write(folder: Path) -> Made:
    """As `make`, without the index."""
    from hydra import initialize_config_dir

    from bench import config
    from bench.report.page import render

    folder = folder.resolve()
    tables = making.write(folder)
    drafted = drafts(making.records_of(folder))
    config.register()
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        page = render(folder, drafted, tables)
    write_atomically(folder / "report.html", page)
    return Made(folder / "report.html", tables)
