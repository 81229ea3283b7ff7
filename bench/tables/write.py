"""Everything that is made from a sweep's records: tables in three renderings, figures, the index of all sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.records import plan
from bench.records.record import Record, write_atomically
from bench.records.record_files import path_of, read_all
from bench.tables import csv, figures, index, latex, markdown, runs, sweep_table
from bench.tables.comparison import Comparison, comparisons_of
from bench.tables.table import Table, TableError


@dataclass(frozen=True)
class Tables:
    """Those of a sweep: one a data set, then those of published figures and of findings where the sweep asks for them."""

    main: list[Table]
    further: list[Table]


def make(folder: Path) -> list[Table]:
    """Make `table.{md,tex,csv}`, `runs.csv`, `figures/` and the index beside `folder`, and return the tables.

    The numbers of the further ones lie in `findings.csv`. `folder` is that of a sweep. Raises TableError where it holds no
    records, RecordError where one cannot be read.
    """
    tables = make_all(folder)
    return [*tables.main, *tables.further]


def make_all(folder: Path) -> Tables:
    """As `make`."""
    folder = folder.resolve()
    records = all_records_of(folder)
    tables = write_compared(folder, compared(folder, records))
    index.refresh(results_of(folder, records[0].sweep), {folder: records})
    return tables


def write_tables(folder: Path) -> list[Table]:
    """As `make`, without the index."""
    folder = folder.resolve()
    tables = write_compared(folder, compared(folder, all_records_of(folder)))
    return [*tables.main, *tables.further]


def compared(folder: Path, records: Sequence[Record]) -> list[Comparison]:
    """What all records of a sweep's folder are shown as. Raises TableError where none is of the sweep as it is now defined."""
    of_definition = _of_definition(folder, records)
    return comparisons_of(of_definition, plan.positions(folder), left_out=len(records) - len(of_definition), outputs=folder)


def write_compared(folder: Path, comparisons: Sequence[Comparison]) -> Tables:
    """Writes tables and figures of a sweep's folder. A published sweep keeps figures as SVG alone."""
    main, further = sweep_table.tables(comparisons), sweep_table.further(comparisons)
    tables = [*main, *further]
    published = path_of(folder).is_file()
    drawn = figures.draw(comparisons, folder / "figures", remember=not published)
    if published:
        for path in drawn:
            if path.suffix != ".svg":
                path.unlink()
    drawings = sorted(f"figures/{path.name}" for path in drawn if path.suffix == ".svg")
    write_atomically(folder / "table.md", markdown.render(tables, drawings))
    write_atomically(folder / "table.tex", latex.render(tables))
    write_atomically(folder / "table.csv", csv.render(main))
    write_atomically(folder / "runs.csv", runs.render([record for shown in comparisons for record in shown.records]))
    _write_or_remove(folder / "findings.csv", csv.render(further) if further else "")
    return Tables(main, further)


def records_of(folder: Path) -> list[Record]:
    """The records of a sweep's folder, at least one, without those of another definition of it: of other rows, which would make
    its claims ambiguous. Raises TableError where there are none, RecordError as `read_all`."""
    return _of_definition(folder, all_records_of(folder))


def _of_definition(folder: Path, records: Sequence[Record]) -> list[Record]:
    members = plan.members(folder)
    if members is None:
        return list(records)
    defined = [record for record in records if record.run_id in members]
    if not defined:
        raise TableError(f"The folder {folder} contains records of other rows alone: run the sweep as it is now defined.")
    return defined


def all_records_of(folder: Path) -> list[Record]:
    """As `records_of`, with those of other definitions."""
    if not folder.is_dir():
        raise TableError(f"There is no folder {folder}: give the folder of a sweep, such as runs/quick.")
    records = read_all(folder)
    if not records:
        raise TableError(f"The folder {folder} contains no records: give the folder of a sweep that has run.")
    return records


def _write_or_remove(path: Path, text: str) -> None:
    if text:
        write_atomically(path, text)
    else:
        path.unlink(missing_ok=True)


def results_of(folder: Path, sweep: str) -> Path:
    """The folder that holds all sweeps: `paper/NAME` lies two below it."""
    above = Path(sweep).parts[:-1]
    return folder.parents[len(above)] if folder.parts[-1 - len(above) : -1] == above else folder.parent
