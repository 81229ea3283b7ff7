"""What wandb shows of a whole sweep: one summary run with its tables and figures, and the layout of its workspace.

Made from the records and the figures beside them, so that it can be made again at any time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.records import record_files
from bench.records.record import Record
from bench.tables import Table, columnar, runs
from bench.tracking import SUMMARY, Layout, RunInfo, Settings, open_run, picture_key, redact, save_layout, stable_id

if TYPE_CHECKING:
    from bench.config.schema import SweepConfig

RUNS = "runs"


def publish(folder: Path, sweep: "SweepConfig", settings: Settings, tables: Sequence[Table]) -> str:
    """The summary run of the sweep in `folder`; where that run is online, the workspace too. Returns where to look at it: an
    address, or a folder and the command that sends it."""
    info = RunInfo(
        id=stable_id(sweep.name, SUMMARY),
        name=f"{sweep.name} tables",
        group=sweep.name,
        job_type=SUMMARY,
        config=redact(asdict(sweep)),
        tags=[SUMMARY],
    )
    tracker = open_run(settings, info)
    finished = record_files.read_all(folder)
    for key, table in table_keys(sweep.name, tables).items():
        columns, rows = columnar.rows(table)
        where = {"sweep": sweep.name, "task": table.task, "data": table.data_name}
        tracker.table(key, [*where, *columns], [[*where.values(), *row] for row in rows])
    tracker.table(RUNS, *runs.columnar(finished))
    for path in figures(folder):
        tracker.picture(figure_key(path), path)
    records = sorted((folder / "records").glob("*.json"))
    tracker.artifact(f"records-{sweep.name}", "records", records)
    tracker.finish(ok=True)
    if tracker.online:
        save_layout(settings, layout(folder, finished, tables))
    if not tracker.address:
        return "nothing was tracked" + " (track=none)" * (settings.name == "none")
    sends = "wandb" in (settings.name, *settings.also) and not tracker.online
    return tracker.address + f"; python -m bench sync {folder} sends it" * sends


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
        tables=(*table_keys(records[0].sweep, tables), RUNS),
        figures=tuple(map(figure_key, figures(folder))),
        pictures=tuple(picture_keys),
    )


def figures(folder: Path) -> list[Path]:
    """The sweep's figures as wandb takes them."""
    return sorted((folder / "figures").glob("*.png"))


def figure_key(path: Path) -> str:
    return f"figures/{path.stem}"


def table_keys(sweep: str, tables: Sequence[Table]) -> dict[str, Table]:
    """The tables by sweep, task and data, further ones of the same by their numbers; all runs join in the table RUNS."""
    named: dict[str, Table] = {}
    counts: Counter[str] = Counter()
    for table in tables:
        key = f"tables/{sweep}/{table.task}/{table.data_name}"
        counts[key] += 1
        named[key if counts[key] == 1 else f"{key}-{counts[key]}"] = table
    return named
