"""`python -m bench sync FOLDER ...`: sends a sweep's offline runs to wandb; runs already sent are skipped."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from bench.commands import PROG
from bench.tracking import SUMMARY, Layout, SendError, Settings, find, save_layout, send, stable_id


def sync(folder: Path) -> str:
    """What was done, in one line. Raises ValueError for a folder without records or runs, SendError for the server."""
    from bench.sweeps.dashboard import layout
    from bench.tables import sweep_table
    from bench.tables.comparison import comparisons_of
    from bench.tables.write import records_of

    records = records_of(folder)
    newest = max(records, key=lambda record: record.finished)
    settings = settings_of(newest.config["track"])
    offline = find(settings, [stable_id(record.sweep, run) for record in records for run in (record.run_id, SUMMARY)])
    if offline.waiting:
        send(settings, offline.waiting)
    parts = [f"{len(offline.waiting)} runs sent", f"{len(offline.sent)} already sent"]
    if offline.older:
        parts.append(f"{offline.older} older files of the same runs left out")
    comparisons = comparisons_of(records)
    workspace: Layout = layout(folder, records, [*sweep_table.tables(comparisons), *sweep_table.further(comparisons)])
    return f"{folder}: {', '.join([*parts, save_layout(settings, workspace)])}"


def settings_of(track: dict[str, Any]) -> Settings:
    """Those that a record was tracked with; what older records do not say has its default."""
    known = {field.name for field in fields(Settings)}
    defaults = {"project": "recurrent-bench", "entity": None, "mode": "auto", "timeout_s": 20.0}
    return Settings(**defaults | {key: value for key, value in track.items() if key in known})


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 when all is sent, 1 where the server does not take it."""
    parser = argparse.ArgumentParser(
        prog=f"{PROG} sync",
        description="Send a sweep's offline wandb runs, from ./wandb or $WANDB_DIR/wandb. Runs already sent are skipped.",
    )
    parser.add_argument("folder", type=Path, nargs="+", help="the folder of a sweep, such as runs/quick")
    for folder in parser.parse_args(arguments).folder:
        try:
            print(sync(folder))
        except SendError as error:
            print(f"{folder}: {error}", file=sys.stderr)
            return 1
    return 0
