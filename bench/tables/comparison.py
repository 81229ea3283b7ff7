"""Drafts: what is known of a table before a word of it is written.

Records of different data (another sha256) go into different drafts, unless the sweep states the keys in which alone they
differ (`bench.tables.datasets`). A run that failed before its data were read stands with the runs whose config asks for the
same data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.records.record import Record
from bench.tables import config_keys, rows, spec
from bench.tables.datasets import joined
from bench.tables.rows import Grouping
from bench.tables.spec import Spec
from bench.tables.tuning import TEST, TRAIN, VALIDATION, Measured, Metric, choose, metrics_of


@dataclass(frozen=True)
class Draft:
    """`split` is the one that the metric columns show: test, else validation, else the training itself.

    `baseline` is the index of the baseline row, None where none is asked for or not exactly one row fits. `across` are the
    keys in which the rows' data differ; mostly none.
    """

    spec: Spec
    records: tuple[Record, ...]
    grouping: Grouping
    rows: tuple[Measured, ...]
    split: str
    primary: Metric | None
    baseline: int | None
    across: tuple[str, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """The records' description of their data; empty where no run got as far as reading them.

        Of several data sets it is that of the first, with a sha256 over those of all.
        """
        told = next((record.data for record in self.records if digest(record)), {})
        if not self.across:
            return told
        every = "".join(sorted({digest(record) for record in self.records}))
        return {**told, "sha256": hashlib.sha256(every.encode()).hexdigest()}

    @property
    def task(self) -> str:
        return next((str(record.config["task"]["name"]) for record in self.records if "task" in record.config), "")

    def name_of(self, row: Measured) -> str:
        return rows.name_of(self.grouping.row_keys, row.labels)


def drafts(records: Sequence[Record]) -> list[Draft]:
    """One draft a data set, in the order in which the sweep started them; data that the sweep joins make one draft."""
    told = spec.of(records)
    return [_draft(found, told) for found in joined(by_data(records), told.across)]


def apart(found: Sequence[Draft]) -> list[str]:
    """What tells each draft from the others: its data, and its task where there are several. Of one draft alone nothing."""
    if len(found) == 1:
        return [""]
    tasks = [draft.task if len({draft.task for draft in found}) > 1 else "" for draft in found]
    data = [f"{draft.data['name']} {str(draft.data['sha256'])[:8]}" if draft.data else "" for draft in found]
    return [" ".join(filter(None, words)) for words in zip(tasks, data, strict=True)]


def by_data(records: Sequence[Record]) -> list[list[Record]]:
    """The records apart by the sha256 of their data."""
    ordered = sorted(records, key=lambda record: (record.started, record.run_id))
    known: dict[str, list[Record]] = {}
    for record in ordered:
        if digest(record):
            known.setdefault(digest(record), []).append(record)
    asked = {_asked(record): digest(record) for record in ordered if digest(record)}
    for record in ordered:
        if not digest(record):
            fitting = asked.get(_asked(record), "")
            fitting = fitting or (next(iter(known)) if len(known) == 1 else "")
            known.setdefault(fitting, []).append(record)
    return list(known.values())


def digest(record: Record) -> str:
    return str(record.data["sha256"]) if "sha256" in record.data else ""


def _asked(record: Record) -> str:
    if "data" not in record.config:
        return ""
    return json.dumps([record.config["data"], record.config.get("task", {}).get("name")], sort_keys=True)


def _draft(groups: Sequence[Sequence[Record]], told: Spec) -> Draft:
    records = tuple(record for group in groups for record in group)
    grouping = rows.group(records, tuned=told.tune, baseline=told.baseline)
    on_validation = next(iter(metrics_of(records, VALIDATION)), None)
    chosen = tuple(choose(group, on_validation) for group in grouping.groups)
    shown = metrics_of(records, TEST) or metrics_of(records, VALIDATION) or metrics_of(records, TRAIN)
    return Draft(
        spec=told,
        records=records,
        grouping=grouping,
        rows=chosen,
        split=shown[0].split if shown else VALIDATION,
        primary=shown[0] if shown else None,
        baseline=_baseline(chosen, told),
        across=told.across if len(groups) > 1 else (),
    )


def _baseline(chosen: Sequence[Measured], told: Spec) -> int | None:
    fitting = fitting_rows(chosen, told.baseline) if told.baseline else []
    return fitting[0] if len(fitting) == 1 else None


def fitting_rows(chosen: Sequence[Measured], row: Mapping[str, Any]) -> list[int]:
    """The indices of the rows whose configurations have these values: {dotted key: value}."""
    wanted = config_keys.flatten(row)
    return [
        index
        for index, one in enumerate(chosen)
        if all(_fits(config_keys.flatten(record.config), wanted) for record in one.records)
    ]


def _fits(flat: config_keys.Flat, wanted: config_keys.Flat) -> bool:
    return all(config_keys.at(flat, key) == value for key, value in wanted.items())
