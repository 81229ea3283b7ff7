"""`report.html`, from the records and what lies beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.records.record import Record, write_atomically
from bench.tables import index
from bench.tables.table import Table
from bench.tables.write import all_records_of, compared, results_of, write_compared


@dataclass(frozen=True)
class Page:
    """The report's path, and the tables in it."""

    page: Path
    tables: list[Table]


def make(folder: Path) -> Page:
    """Make tables, figures and the report of a sweep's folder, and the index beside it. Raises as `bench.tables.make`."""
    folder = folder.resolve()
    records = all_records_of(folder)
    report = _write(folder, records)
    index.refresh(results_of(folder, records[0].sweep), {folder: records})
    return report


def write_report(folder: Path) -> Page:
    """As `make`, without the index."""
    folder = folder.resolve()
    return _write(folder, all_records_of(folder))


def _write(folder: Path, records: Sequence[Record]) -> Page:
    from bench.config.own_folder import composing
    from bench.report.page import render

    comparisons = compared(folder, records)
    written = write_compared(folder, comparisons)
    tables = [*written.main, *written.further]
    with composing():
        page = render(folder, comparisons, tables)
    write_atomically(folder / "report.html", page)
    return Page(folder / "report.html", tables)
