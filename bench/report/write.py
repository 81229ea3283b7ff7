"""`report.html`, from the records and what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.records.plan import positions
from bench.records.record import write_atomically
from bench.tables import index
from bench.tables.comparison import comparisons_of
from bench.tables.table import Table
from bench.tables.write import all_records_of, records_of, results_of, write_tables


@dataclass(frozen=True)
class Page:
    """The report's path, and the tables in it."""

    page: Path
    tables: list[Table]


def make(folder: Path) -> Page:
    """Make tables, figures and the report of a sweep's folder, and the index beside it. Raises as `bench.tables.make`."""
    report = write_report(folder)
    index.refresh(results_of(folder.resolve(), records_of(folder)[0].sweep))
    return report


def write_report(folder: Path) -> Page:
    """As `make`, without the index."""
    from hydra import initialize_config_dir

    from bench.config import schema
    from bench.report.page import render

    folder = folder.resolve()
    tables = write_tables(folder)
    records = records_of(folder)
    left_out = len(all_records_of(folder)) - len(records)
    comparisons = comparisons_of(records, positions(folder), left_out=left_out)
    schema.register()
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        page = render(folder, comparisons, tables)
    write_atomically(folder / "report.html", page)
    return Page(folder / "report.html", tables)
