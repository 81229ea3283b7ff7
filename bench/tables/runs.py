"""Runs as a table for further work: a row a run, in pandas (`bench.load`) and as `runs.csv` beside a sweep's tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.records import record_files
from bench.records.flat import Value
from bench.records.machine import processor_of
from bench.records.record import Record
from bench.tables import config_keys
from bench.tables.columnar import alike
from bench.tables.table import TableError

if TYPE_CHECKING:
    import pandas

SETTINGS = {
    "task": "task.name",
    "model": "net.name",
    "cell": "cell.name",
    "direction": "stack.direction",
    "depth": "stack.depth",
    "hidden_size": "stack.hidden_size",
    "seed": "seed",
}
"""Columns that stand in every table, and the keys whose values they hold."""
TRAINING = ("steps", "epochs", "tokens", "best_step", "seconds")
SPLITS = ("test", "validation", "train")
TIMES, OFTEN_EMPTY = ("started", "finished"), ("accelerator", "error")

Values = dict[str, Value]


class Row(NamedTuple):
    settings: Values
    measured: Values
    circumstances: Values

    def values(self) -> Values:
        return {**self.settings, **self.measured, **self.circumstances}


def load(*folders: str | Path) -> pandas.DataFrame:
    """The runs of one or several sweeps, a row a run.

    Columns, in this order, with pandas' nullable types; what a run does not have is missing:

    - `sweep`, `status` (`bench.records.record.STATUSES`), `data`, `task`, `model`, `cell`, `direction`, `depth`, `hidden_size`,
      `seed`, `parameters` (how many numbers are trained);
    - every other key of the configuration whose value differs between the runs of a sweep and does not follow from a name
      above, by its name on the command line (`optimiser.lr`);
    - `test.NAME` and `validation.NAME`, the metrics (of a probe `train.NAME`), in the units of `frame.attrs["units"]`;
    - `speed.NAME`, medians of the speed pass, units likewise;
    - `steps`, `epochs`, `tokens` and `seconds` of training, `best_step`: the step of the checkpoint that was scored;
    - `precision`, `processor`, `accelerator`, `threads`, `torch`, `commit`, `started` and `finished` (UTC), `data_sha256` (its
      first 12 digits), `train_id`, `run_id`, `error`.

    A folder is that of a sweep, run or published, or one that holds sweeps: `load("results")` reads them all. Raises TableError
    for one without records, RecordError for a record that cannot be read.

    Example::

        import bench

        runs = bench.load("results/cells")
        runs.groupby(["cell", "depth"])["validation.nats_per_char"].agg(["mean", "std", "count"])
    """
    import pandas

    records = [record for folder in folders for record in _records(Path(folder))]
    rows = [row for sweep in dict.fromkeys(run.sweep for run in records) for row in _rows(_of(sweep, records))]
    frame = pandas.DataFrame([row.values() for row in rows], columns=_columns(rows)).convert_dtypes()
    for column in TIMES:
        frame[column] = pandas.to_datetime(frame[column], utc=True)
    for column in OFTEN_EMPTY:
        frame[column] = frame[column].astype("string")
    frame.attrs["units"] = {name: unit for run in records for name, unit in _units(run)}
    return frame


def columnar(records: Sequence[Record]) -> tuple[list[str], list[list[Value]]]:
    """Columns and rows of the runs of one sweep; a column holds texts, or numbers, or truth values, and None among them."""
    rows = _rows(sorted(records, key=lambda run: run.run_id))
    names = _columns(rows)
    by_name = {name: alike([row.values().get(name) for row in rows]) for name in names}
    return names, [list(values) for values in zip(*by_name.values(), strict=True)]


def render(records: Sequence[Record]) -> str:
    """The same as CSV, of the runs of one sweep, numbers in full precision."""
    rows = _rows(sorted(records, key=lambda run: run.run_id))
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.values() for row in rows)
    return text.getvalue()


def _records(folder: Path) -> list[Record]:
    if not folder.is_dir():
        raise TableError(f"There is no folder {folder}: give the folder of a sweep, such as runs/quick.")
    sweeps = sorted(
        {path.parent for path in folder.rglob(record_files.NAME)} | {path.parent for path in folder.rglob("records")}
    )
    records = [record for sweep in sweeps for record in record_files.read_all(sweep)]
    if not records:
        raise TableError(f"The folder {folder} contains no records: give the folder of a sweep that has run.")
    return records


def _of(sweep: str, records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.sweep == sweep]


def _rows(records: Sequence[Record]) -> list[Row]:
    flats = [record.flat for record in records]
    keys = [key for key in dict.fromkeys(key for flat in flats for key in flat) if _tells_apart(key, flats)]
    return [
        Row(_settings(record, flat, keys), dict(_measured(record)), _circumstances(record, flat))
        for record, flat in zip(records, flats, strict=True)
    ]


def _tells_apart(key: str, flats: Sequence[config_keys.Flat]) -> bool:
    """Whether it is a column: its value differs, and not only because another class of its group has or lacks it."""
    if key in SETTINGS.values() or key == "data.name" or config_keys.outside(key) or key.endswith("._target_"):
        return False
    name = f"{key.split('.')[0]}.name"
    return len({flat.get(key) for flat in flats}) > 1 and (key == name or not config_keys.determines(flats, [name], other=key))


def _settings(record: Record, flat: config_keys.Flat, keys: Sequence[str]) -> Values:
    return {
        "sweep": record.sweep,
        "status": record.status,
        "data": record.data.get("name"),
        **{column: flat.get(key) for column, key in SETTINGS.items()},
        "parameters": record.parameters,
        **{key: flat.get(key) for key in keys},
    }


def _measured(record: Record) -> Iterator[tuple[str, Value]]:
    for split in SPLITS:
        yield from ((f"{split}.{name}", metric["value"]) for name, metric in record.metrics.get(split, {}).items())
    yield from ((f"speed.{name}", entry["median"]) for name, entry in record.speed.items())


def _units(record: Record) -> Iterator[tuple[str, str]]:
    for split in SPLITS:
        yield from ((f"{split}.{name}", metric["unit"]) for name, metric in record.metrics.get(split, {}).items())
    yield from ((f"speed.{name}", entry["unit"]) for name, entry in record.speed.items())


def _circumstances(record: Record, flat: config_keys.Flat) -> Values:
    return {
        **{key: record.train.get(key) for key in TRAINING},
        "precision": flat.get("trainer.precision"),
        "processor": processor_of(record.machine),
        "accelerator": record.machine.get("accelerator"),
        "threads": record.machine.get("threads"),
        "torch": (record.machine.get("versions") or {}).get("torch"),
        "commit": record.code.get("commit"),
        "started": record.started,
        "finished": record.finished,
        "data_sha256": str(record.data.get("sha256") or "")[:12] or None,
        "train_id": record.train_id,
        "run_id": record.run_id,
        "error": record.error["message"] if record.error else None,
    }


def _columns(rows: Sequence[Row]) -> list[str]:
    """The columns of all rows: settings, metrics of the test, of validation, speed, circumstances."""
    measured = dict.fromkeys(name for row in rows for name in row.measured)
    return [
        *dict.fromkeys(name for row in rows for name in row.settings),
        *(name for part in (*SPLITS, "speed") for name in measured if name.startswith(f"{part}.")),
        *dict.fromkeys(name for row in rows for name in row.circumstances),
    ]
