"""The outputs of a run as sums of each item of its test set, from what lies beside its record; checked against its score."""

from __future__ import annotations

from pathlib import Path

from bench.metrics import item_sums
from bench.metrics.item_sums import ItemSums
from bench.records import output_files
from bench.records.record import Record
from bench.tables.table import TableError
from bench.tables.tuning import Metric, value_of

TOLERANCE = 1e-6
"""How far the score of the files may lie from the record's, in percent: rounding only."""


def read(folder: Path, record: Record, *, metric: Metric) -> ItemSums | None:
    """None where no outputs are kept, or they do not say what the metric is made of. Raises TableError where the record was not
    scored on them, OutputError where they cannot be read."""
    scored, recorded = output_files.read(folder, record), value_of(record, metric)
    if scored is None or recorded is None or scored.split != metric.split:
        return None
    sums = item_sums.of(scored, metric.name)
    if sums is None or abs(sums.whole() - recorded) <= TOLERANCE:
        return sums
    if not item_sums.exact(scored.unit, metric.name):
        return None
    score = f"{metric.name} {sums.whole():.4f}"
    raise TableError(
        f"the outputs of run {record.run_id} in {folder} score {score}, but its record says {recorded}: they belong to another "
        "run, so delete the record and repeat the run."
    )
