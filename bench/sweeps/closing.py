"""What a finished sweep prints: one table a data set, what moved against the reference, where all of it lies, how to go on.

Captions, published figures and how a finding was judged stand in the files; with `-v` they are printed too.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.compare.moved import moved
from bench.errors import Refusal
from bench.sweeps import reference
from bench.tables import Table, to_terminal
from bench.tables.write import Tables
from bench.terminal import is_verbose


def show(tables: Tables, folder: Path) -> None:
    """Prints those of the sweep in `folder`."""
    for table in [*tables.main, *tables.further] if is_verbose() else tables.main:
        to_terminal(table, captions=is_verbose())
    if tables.further and not is_verbose():
        for claim, verdict in _verdicts(tables.further):
            print(f"{claim}: {verdict}")
        print(f"published figures and findings: {folder / 'table.md'}, or -v")


def _verdicts(tables: Sequence[Table]) -> Iterator[tuple[str, str]]:
    """What the sweep claims, and whether it holds."""
    for table in tables:
        places = {column.key: place for place, column in enumerate(table.columns)}
        if "verdict" in places:
            yield from ((row.cells[places["claim"]].text, row.cells[places["verdict"]].text) for row in table.rows)


def compare_with_reference(folder: Path, sweep: str) -> None:
    """Prints which rows differ from the reference beyond the noise of the seeds, if the sweep has a reference."""
    reference_folder = reference.find(sweep)
    if reference_folder is None:
        return
    try:
        for table in moved(reference_folder, folder)[0]:
            to_terminal(table, captions=is_verbose())
    except Refusal as error:
        print(f"not compared with the reference {reference_folder}: {error}")


def say_where(folder: Path, tracked: str, statuses: Sequence[str | None]) -> None:
    """The last lines. `tracked`: where the sweep is shown; `statuses`: those of its jobs."""
    open_jobs = sum(status != "ok" for status in statuses)
    named = f"{open_jobs} {'job is' if open_jobs == 1 else 'jobs are'} not ok (python -m bench status {folder}): "
    print(f"\nrecords, tables and figures: {folder}")
    print(f"report: python -m bench report {folder}")
    print(f"tracked: {tracked}")
    print(f"to go on: {named if open_jobs else ''}the same command; what is done is not run again")
