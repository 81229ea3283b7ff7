"""`results/NAME/report.html`, from the records and what lies beside them."""

from __future__ import annotations

from pathlib import Path

from bench.record import write_atomically
from bench.tables import index, making
from bench.tables.draft import drafts


def make(folder: Path) -> Path:
    """Make tables, figures and the report of a sweep's folder; returns the report's path. Raises as `bench.tables.make`."""
    from hydra import initialize_config_dir

    from bench import config
    from bench.report.page import render

    folder = folder.resolve()
    tables = making.make(folder)
    found = drafts(making.records_of(folder))
    config.register()
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        page = render(folder, found, tables)
    write_atomically(folder / "report.html", page)
    index.refresh(making.results_of(folder, found[0].records[0].sweep))
    return folder / "report.html"
