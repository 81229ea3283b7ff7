"""Rows: records grouped over seeds, one group a row, one candidate a combination of tuned values.

A run that was repeated (after a change of the code, say) leaves its older twin in the folder: of the records of
one row, one tuned value and one seed, the one that finished last counts, and the others are reported as left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.records.flat import flatten
from bench.records.record import Record
from bench.tables import config_keys
from bench.tables.table import Value

Labels = tuple[Value, ...]


@dataclass(frozen=True)
class Candidate:
    """One combination of tuned values, tried with some seeds; the records are in the order of their seeds."""

    tuned: Labels
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Group:
    """All that was tried for one row."""

    labels: Labels
    candidates: tuple[Candidate, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(record for candidate in self.candidates for record in candidate.records)


@dataclass(frozen=True)
class Grouping:
    """`follow` are varying keys that the row keys determine; `twins` counts the older records left out."""

    row_keys: tuple[str, ...]
    tuned_keys: tuple[str, ...]
    follow: tuple[str, ...]
    groups: tuple[Group, ...]
    twins: int


def group(
    records: Sequence[Record], *, tuned: Sequence[str], baseline: Mapping[str, Value] | None, positions: Mapping[str, int]
) -> Grouping:
    """Group the records of one table. Numbers ascend; words stand as planned, else as started, the baseline's first."""
    flats = {record.run_id: record.flat for record in records}
    row_keys, follow = config_keys.row_keys(list(flats.values()), tuned)
    row_keys = row_keys or [_only_key(flats[records[0].run_id])]
    tuned_keys = [key for key in tuned if len({config_keys.at(flat, key) for flat in flats.values()}) > 1]
    all_keys = [*row_keys, *tuned_keys, config_keys.SEED]
    latest: dict[Labels, Record] = {}
    for record in sorted(records, key=lambda record: (record.finished, record.run_id)):
        latest[config_keys.values_at(flats[record.run_id], all_keys)] = record
    starts = {record.run_id: (positions.get(record.run_id, len(positions)), record.started) for record in records}
    ranks = [_ranks(key, starts, flats=flats, baseline=baseline) for key in all_keys]
    ordered = sorted(latest, key=lambda values: [rank[value] for rank, value in zip(ranks, values, strict=True)])
    tree: dict[Labels, dict[Labels, list[Record]]] = {}
    for values in ordered:
        labels, tuned_values = values[: len(row_keys)], values[len(row_keys) : -1]
        tree.setdefault(labels, {}).setdefault(tuned_values, []).append(latest[values])
    groups = tuple(
        Group(labels, tuple(Candidate(tuned_values, tuple(members)) for tuned_values, members in candidates.items()))
        for labels, candidates in tree.items()
    )
    return Grouping(tuple(row_keys), tuple(tuned_keys), tuple(follow), groups, len(records) - len(latest))


def _only_key(flat: config_keys.Flat) -> str:
    """What to call the row where nothing varies: the cell, else the first name, else the seed."""
    names = [key for key in flat if key.endswith(".name") and not config_keys.outside(key)]
    return "cell.name" if "cell.name" in names else next(iter(names), config_keys.SEED)


def _ranks(
    key: str,
    starts: Mapping[str, tuple[int, str]],
    *,
    flats: Mapping[str, config_keys.Flat],
    baseline: Mapping[str, Value] | None,
) -> dict[Value, int]:
    """The rank of each value of one key: null, then numbers, then words by the start of their first run."""
    first: dict[Value, tuple[int, str]] = {}
    for run_id in sorted(starts, key=lambda run_id: starts[run_id]):
        first.setdefault(config_keys.at(flats[run_id], key), starts[run_id])
    preferred = baseline[key] if baseline is not None and key in baseline else None

    def rank(value: Value) -> tuple[int, float, tuple[int, str], str]:
        if value is None:
            return (0, 0.0, (0, ""), "")
        if isinstance(value, str):
            return (2 if value == preferred else 3, 0.0, first[value], value)
        return (1, float(value), (0, ""), "")

    return {value: index for index, value in enumerate(sorted(first, key=rank))}


def run_names(configs: Sequence[Mapping[str, Any]], tuned: Sequence[str]) -> list[str]:
    """Each run named by what it differs in from the others: its row, then the tuned values and the seed where they vary."""
    flats = [flatten(config) for config in configs]
    keys, _ = config_keys.row_keys(flats, tuned)
    varying = [key for key in (*tuned, config_keys.SEED) if len({config_keys.at(flat, key) for flat in flats}) > 1]
    all_keys = list(dict.fromkeys([*(keys or [_only_key(flats[0])]), *varying]))
    return [name_of(all_keys, config_keys.values_at(flat, all_keys)) for flat in flats]


def name_of(row_keys: Sequence[str], labels: Labels) -> str:
    """A row in words: `gru, depth 2`."""
    headings = config_keys.headings(row_keys)
    parts = []
    for key, value in zip(row_keys, labels, strict=True):
        named = key.endswith(".name") and isinstance(value, str)
        parts.append(config_keys.label(value) if named else f"{headings[key]} {config_keys.label(value)}")
    return ", ".join(parts)
