"""The runs of a row: how each ended, and the files that lie beside the page, its record, log and outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench.records import output_files, record_files
from bench.records.record import Record
from bench.tables.html import escape
from bench.tables.tuning import Measured

BESIDE = {"record": "records/{}.json", "log": "logs/{}.log", "text": "samples/{}.txt"}
"""What a run leaves in the folder of its sweep; a published one keeps its record and its outputs packed with the others."""


def section(row: Measured, folder: Path) -> str:
    """A line a run."""
    lines = "\n".join(f"<li>{', '.join(_parts(record, folder))}</li>" for record in row.records)
    count = len(row.records)
    return f"<details>\n<summary>{count} run{'' if count == 1 else 's'}</summary>\n<ul>\n{lines}\n</ul>\n</details>"


def where(folder: Path) -> str:
    """Where the configurations and the outputs of published runs stand, as HTML."""
    packed = [path for path in (record_files.path_of(folder), folder / "outputs" / output_files.PACKED) if path.is_file()]
    links = [_link(path.relative_to(folder).as_posix(), path.name) for path in packed]
    return f"By their names, the runs' configurations and scores are in {', their outputs in '.join(links)}." if links else ""


def _parts(record: Record, folder: Path) -> Iterator[str]:
    yield f"seed {escape(str(record.config['seed']))}"
    yield escape(record.status.replace("_", " "))
    if record.error:
        yield escape(str(record.error["message"]))
    yield f"run {escape(record.run_id)}"
    for name, form in BESIDE.items():
        if (folder / form.format(record.run_id)).is_file():
            yield _link(form.format(record.run_id), name)


def _link(path: str, name: str) -> str:
    return f'<a href="{escape(quote(path))}">{escape(name)}</a>'
