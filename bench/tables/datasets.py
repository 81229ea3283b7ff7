"""Data that differ by stated keys alone share a table: `sweep.across`, as `data.length` of drawn sequences.

Everything else of the configurations of task and data must be equal. Where it is, and the stated keys are equal too, the data
differ for a reason that no key tells (another version of a package, say): these never share a table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bench.records.flat import flatten
from bench.records.record import Record
from bench.tables import config_keys
from bench.tables.table import Value


def joined(groups: Sequence[list[Record]], across: Sequence[str]) -> list[list[list[Record]]]:
    """The groups, each of one data set, by the table that they go to; in order."""
    if not across:
        return [[group] for group in groups]
    tables: list[list[list[Record]]] = []
    for group in groups:
        matches = (table for table in tables if _differ_in(across, table, group=group))
        match = next(matches, None)
        if match is None:
            tables.append([group])
        else:
            match.append(group)
    return tables


def _differ_in(across: Sequence[str], table: Sequence[list[Record]], *, group: list[Record]) -> bool:
    values = {_values_across(record, across) for record in group}
    other_values = {_values_across(record, across) for other in table for record in other}
    common = {_apart_from(record, across) for record in group} & {
        _apart_from(record, across) for other in table for record in other
    }
    return bool(common) and not values & other_values


def _values_across(record: Record, across: Sequence[str]) -> tuple[Value, ...]:
    return config_keys.values_at(record.flat, across)


def _apart_from(record: Record, across: Sequence[str]) -> str:
    """Task and data without the keys that may differ."""
    flat = flatten({group: record.config[group] for group in ("task", "data") if group in record.config})
    return json.dumps([[key, value] for key, value in flat.items() if key not in across], sort_keys=True)
