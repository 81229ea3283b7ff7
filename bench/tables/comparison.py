"""Comparisons: everything that a table will show, before its columns and sentences are made.

Records of different data (another sha256) go into different comparisons, unless the sweep states the keys in which alone they
differ (`bench.tables.datasets`). A run that failed before its data were read stands with the runs whose config asks for the
same data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from bench.records.flat import flatten
from bench.records.record import Record
from bench.tables import budget_checks, config_keys, rows, spec, test_set
from bench.tables.datasets import joined
from bench.tables.rows import Grouping
from bench.tables.spec import Spec
from bench.tables.tuning import TEST, TRAIN, VALIDATION, Measured, Metric, choose, metrics_of


@dataclass(frozen=True)
class Comparison:
    """`split` is the one that the metric columns show: test, else validation, else the training itself.

    `baseline` is the index of the baseline row, None where none is asked for or not exactly one row fits. `across` are the
    keys in which the rows' data differ; mostly none. `checks` are runs of twice the budget, which are no rows; `left_out`
    counts the records of another definition of the sweep.
    """

    spec: Spec
    records: tuple[Record, ...]
    grouping: Grouping
    rows: tuple[Measured, ...]
    split: str
    primary: Metric | None
    baseline: int | None
    across: tuple[str, ...] = ()
    checks: tuple[Record, ...] = ()
    left_out: int = 0

    @property
    def data(self) -> dict[str, Any]:
        """The records' description of their data; empty where no run got as far as reading them.

        Of several data sets it is that of the first, with a sha256 over those of all.
        """
        description = next((record.data for record in self.records if digest(record)), {})
        if not self.across:
            return description
        digests = "".join(sorted({digest(record) for record in self.records}))
        return {**description, "sha256": hashlib.sha256(digests.encode()).hexdigest()}

    @property
    def task(self) -> str:
        return next((str(record.config["task"]["name"]) for record in self.records if "task" in record.config), "")

    def name_of(self, row: Measured) -> str:
        return rows.name_of(self.grouping.row_keys, row.labels)


def comparisons_of(
    records: Sequence[Record],
    positions: Mapping[str, int] | None = None,
    *,
    left_out: int = 0,
    outputs: Path | None = None,
) -> list[Comparison]:
    """One comparison per data set, in the order in which the sweep started them; data that the sweep joins share one.

    `positions`: where a sweep has planned its runs, which goes before when they started. `left_out`: how many records of other
    rows lie beside these. `outputs`: the folder of the sweep, for tables that show the error of the test set; none is computed
    without it.
    """
    settings, planned = spec.of(records), positions or {}
    of_rows, checks = budget_checks.apart(records)
    comparisons = [
        replace(_comparison(groups, settings, planned), checks=tuple(checks), left_out=left_out)
        for groups in joined(by_data(of_rows or records, planned), settings.across)
    ]
    if outputs is None:
        return comparisons
    return [replace(part, rows=test_set.with_draws(part.rows, outputs, part.split)) for part in comparisons]


FILES = ("path", "train", "validation", "test")
"""Keys of `data` that name a user's files."""


def apart(comparisons: Sequence[Comparison]) -> list[str]:
    """The name that tells each comparison from the others: its data, and its task if there are several; "" for a single one."""
    if len(comparisons) == 1:
        return [""]
    tasks = [comparison.task if len({comparison.task for comparison in comparisons}) > 1 else "" for comparison in comparisons]
    data = [str(comparison.data["name"]) if comparison.data else "" for comparison in comparisons]
    digests = [str(comparison.data["sha256"])[:8] if comparison.data else "" for comparison in comparisons]
    words = zip(tasks, _settings_of_tasks(comparisons, data), data, _files(comparisons, data), digests, strict=True)
    return [" ".join(filter(None, parts)) for parts in words]


def _settings_of_tasks(comparisons: Sequence[Comparison], names: Sequence[str]) -> list[str]:
    """The settings of the task by which data of one name and one task differ; "" where there are none."""
    kinds = [(part.task, name) for part, name in zip(comparisons, names, strict=True)]
    flats = [[flatten(record.config.get("task", {})) for record in part.records] for part in comparisons]
    settings = []
    for kind, own in zip(kinds, flats, strict=True):
        others = [flat for other, part in zip(kinds, flats, strict=True) if other == kind for flat in part]
        keys = [key for key in (own[0] if own else {}) if len({flat.get(key) for flat in own}) == 1]
        telling = [key for key in keys if len({flat.get(key) for flat in others}) > 1]
        values = [(key, own[0][key]) for key in telling]
        settings.append(" ".join(value if isinstance(value, str) else f"{key} {value}" for key, value in values))
    return settings


def is_about(comparison: Comparison, row: Mapping[str, Any]) -> bool:
    """Whether what a row {dotted key: value} says of its task is so in a record of the comparison, or there is none to ask."""
    required = {key: value for key, value in flatten(row).items() if key.startswith("task.")}
    flats = [record.flat for record in comparison.records]
    return not flats or any(_fits(flat, required) for flat in flats)


def _files(comparisons: Sequence[Comparison], names: Sequence[str]) -> list[str]:
    """The name of the user's file by which data of one name differ; "" where they have no such file."""
    nodes: list[Mapping[str, Any]] = []
    for part in comparisons:
        nodes.append(next((record.config["data"] for record in part.records if "data" in record.config), {}))
    files = []
    for name, node in zip(names, nodes, strict=True):
        others = [other for other, other_name in zip(nodes, names, strict=True) if other_name == name]
        keys = (key for key in FILES if isinstance(node.get(key), str) and len({str(other.get(key)) for other in others}) > 1)
        key = next(keys, None)
        files.append("" if key is None else PurePath(node[key]).name)
    return files


def by_data(records: Sequence[Record], positions: Mapping[str, int]) -> list[list[Record]]:
    """The records grouped by the sha256 of their data."""
    ordered = sorted(records, key=lambda record: (positions.get(record.run_id, len(positions)), record.started, record.run_id))
    by_digest: dict[str, list[Record]] = {}
    for record in ordered:
        if digest(record):
            by_digest.setdefault(digest(record), []).append(record)
    digest_by_request = {_request(record): digest(record) for record in ordered if digest(record)}
    for record in ordered:
        if not digest(record):
            key = digest_by_request.get(_request(record), "")
            key = key or (next(iter(by_digest)) if len(by_digest) == 1 else "")
            by_digest.setdefault(key, []).append(record)
    return list(by_digest.values())


def digest(record: Record) -> str:
    return str(record.data["sha256"]) if "sha256" in record.data else ""


def _request(record: Record) -> str:
    if "data" not in record.config:
        return ""
    return json.dumps([record.config["data"], record.config.get("task", {}).get("name")], sort_keys=True)


def _comparison(groups: Sequence[Sequence[Record]], settings: Spec, positions: Mapping[str, int]) -> Comparison:
    records = tuple(record for group in groups for record in group)
    grouping = rows.group(records, tuned=settings.tune, baseline=settings.baseline, positions=positions)
    on_validation = next(iter(metrics_of(records, VALIDATION)), None)
    measured = tuple(choose(group, on_validation) for group in grouping.groups)
    metrics = metrics_of(records, TEST) or metrics_of(records, VALIDATION) or metrics_of(records, TRAIN)
    return Comparison(
        spec=settings,
        records=records,
        grouping=grouping,
        rows=measured,
        split=metrics[0].split if metrics else VALIDATION,
        primary=metrics[0] if metrics else None,
        baseline=_baseline(measured, settings),
        across=settings.across if len(groups) > 1 else (),
    )


def _baseline(measured: Sequence[Measured], settings: Spec) -> int | None:
    indices = fitting_rows(measured, settings.baseline) if settings.baseline else []
    return indices[0] if len(indices) == 1 else None


def fitting_rows(measured: Sequence[Measured], row: Mapping[str, Any]) -> list[int]:
    """The indices of the rows whose configurations have these values: {dotted key: value}."""
    required = flatten(row)
    return [
        index for index, candidate in enumerate(measured) if all(_fits(record.flat, required) for record in candidate.records)
    ]


def _fits(flat: config_keys.Flat, required: config_keys.Flat) -> bool:
    return all(config_keys.at(flat, key) == value for key, value in required.items())
