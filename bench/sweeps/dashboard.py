"""What wandb shows of a whole sweep: one summary run with its tables and figures, and the layout of its workspace.

Made from the records and the figures beside them, so that it can be made again at any time.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.records import record_files
from bench.records.record import Record
from bench.tables import Table, columnar
from bench.tracking import SUMMARY, Layout, RunInfo, Settings, open_run, picture_key, redact, save_layout, stable_id

if TYPE_CHECKING:
    from bench.config.schema import SweepConfig


def publish(folder: Path, sweep: "SweepConfig", settings: Settings, tables: Sequence[Table]) -> str:
    """The summary run of the sweep in `folder`; where that run is online, the workspace too. Returns where it is shown."""
    info = RunInfo(
        id=stable_id(sweep.name, SUMMARY),
        name=f"{sweep.name} tables",
        group=sweep.name,
        job_type=SUMMARY,
        config=redact(asdict(sweep)),
        tags=[SUMMARY],
    )
    tracker = open_run(settings, info)
    for key, table in zip(table_keys(tables), tables, strict=True):
        columns, rows = columnar.rows(table)
        tracker.table(key, columns, rows)
    for path in figures(folder):
        tracker.picture(figure_key(path), path)
    records = sorted((folder / "records").glob("*.json"))
    tracker.artifact(f"records-{sweep.name}", "records", records)
    tracker.finish(ok=True)
    if tracker.online:
        save_layout(settings, layout(folder, record_files.read_all(folder), tables))
    if tracker.address is None:
        return "nothing was tracked" + " (track=none)" * (settings.name == "none")
    return tracker.address or f"offline; python -m bench sync {folder} sends it"


def layout(folder: Path, records: Sequence[Record], tables: Sequence[Table]) -> Layout:
    """The keys under which the runs of a sweep show what they have, the primary metrics first."""
    scores = {f"score/{split}/{name}": None for record in records for split, named in record.metrics.items() for name in named}
    curves = {f"validation/{name}": None for record in records for name in record.metrics.get("validation", {})}
    ids = {record.run_id for record in records}
    picture_keys = {
        key: None
        for path in sorted((folder / "samples").glob("*.png"))
        if (run_id := path.stem.partition("-")[0]) in ids
        for key in [picture_key(path, run_id)]
    }
    return Layout(
        sweep=records[0].sweep,
        curves=tuple(curves),
        scores=tuple(scores),
        tables=tuple(table_keys(tables)),
        figures=tuple(map(figure_key, figures(folder))),
        pictures=tuple(picture_keys),
    )


def figures(folder: Path) -> list[Path]:
    """The sweep's figures as wandb takes them."""
    return sorted((folder / "figures").glob("*.png"))


def figure_key(path: Path) -> str:
    return f"figures/{path.stem}"


def table_keys(tables: Sequence[Table]) -> list[str]:
    return ["tables/table" if not index else f"tables/table-{index + 1}" for index in range(len(tables))]
