"""The reproducibility checklist of a table, each line from its records: what was done, and what is open.

Its questions are those of Pineau et al. 2021 (arXiv:2003.12206) that a record can answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.records.machine import processor_of
from bench.records.record import Record
from bench.report import licences
from bench.stats.intervals import LEAST_SEEDS
from bench.tables import config_keys, provenance
from bench.tables.comparison import Comparison
from bench.tables.tuning import TEST, VALIDATION, metrics_of


@dataclass(frozen=True)
class Item:
    """`open` says what is missing, and is empty where nothing is."""

    name: str
    text: str
    open: str = ""


def items(comparison: Comparison) -> list[Item]:
    """In the order in which one would repeat the sweep."""
    ok = [record for record in comparison.records if record.status == "ok"]
    return [
        _runs(comparison.records),
        _seeds(comparison),
        _selection(comparison),
        *([_budgets(ok)] if ok else []),
        *_hardware(comparison.records),
        *_data(comparison),
        _code(comparison.records),
        Item("Commands", "one per row, above; each record contains the whole configuration of its run"),
    ]


def _runs(records: Sequence[Record]) -> Item:
    counts = Counter(record.status.replace("_", " ") for record in records)
    trainings = len({record.train_id for record in records})
    summary = f"{len(records)} in total, from {trainings} training{'' if trainings == 1 else 's'}: " + ", ".join(
        f"{count} {status}" for status, count in counts.most_common()
    )
    failed = len(records) - counts["ok"]
    return Item("Runs", summary, f"{failed} {'is' if failed == 1 else 'are'} not ok" if failed else "")


def _seeds(comparison: Comparison) -> Item:
    per_row = [len(row.ok) for row in comparison.rows]
    seeds = sorted({record.config["seed"] for record in comparison.records})
    fewest, most = min(per_row), max(per_row)
    summary = f"{', '.join(map(str, seeds))}; {fewest if fewest == most else f'{fewest} to {most}'} ok per row"
    return Item(
        "Seeds",
        summary,
        f"rows with fewer than {LEAST_SEEDS} seeds have no interval"
        if 0 < fewest < LEAST_SEEDS
        else "some rows have no run that is ok" * (not fewest),
    )


def _selection(comparison: Comparison) -> Item:
    metric = next((metric.name.replace("_", " ") for metric in metrics_of(comparison.records, VALIDATION)), None)
    if metric is None:
        return Item("Selection", "no run was scored on validation", "nothing was chosen")
    tuned = ", ".join(comparison.grouping.tuned_keys)
    tried_values = {len(row.group.candidates) for row in comparison.rows}
    parts = [
        "each checkpoint by its validation score",
        *(
            [f"for each row, the best of {_range(list(tried_values))} values of {tuned} by {metric} on validation"]
            if tuned
            else []
        ),
        *(["test scored once"] if comparison.split == TEST else []),
    ]
    missing = [
        *(["no test split"] if comparison.split != TEST else []),
        *(["rows were tuned over different numbers of values"] if len(tried_values) > 1 else []),
    ]
    return Item("Selection", "; ".join(parts), ", ".join(missing))


def _budgets(ok: Sequence[Record]) -> Item:
    trained = {record.train_id: record for record in ok}.values()
    parts = []
    for key, word in (("epochs", "epochs"), ("steps", "steps"), ("tokens", "tokens")):
        values = [int(record.train[key]) for record in trained if key in record.train]
        if values:
            parts.append(f"{_range(values)} {word}")
    seconds = sum(float(record.train.get("seconds", 0.0)) for record in trained)
    sizes = [record.parameters for record in ok if record.parameters is not None]
    if sizes:
        parts.append(f"{_range(sizes)} parameters")
    parts.append(f"{timedelta(seconds=round(seconds))} hours of training in total")
    return Item("Budgets", "; ".join(parts))


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _hardware(records: Sequence[Record]) -> list[Item]:
    counts = Counter(_machine(record) for record in records)
    hardware = "; ".join(
        f"{count} runs on {machine}" if len(counts) > 1 else machine for machine, count in counts.most_common()
    )
    versions = Counter(_versions(record) for record in records)
    software = "; ".join(f"{count} runs with {text}" if len(versions) > 1 else text for text, count in versions.most_common())
    return [
        Item("Hardware", hardware, "runs used different machines" if len(counts) > 1 else ""),
        Item("Software", software, "runs used different versions" if len(versions) > 1 else ""),
    ]


def _machine(record: Record) -> str:
    machine = record.machine
    parts = [processor_of(machine), *(machine.get(key) for key in ("accelerator", "system"))]
    if (threads := machine.get("threads")) is not None:
        parts.append(f"{threads} thread{'' if threads == 1 else 's'}")
    return ", ".join(str(part) for part in parts if part)


def _versions(record: Record) -> str:
    return ", ".join(f"{name} {version}" for name, version in (record.machine.get("versions") or {}).items() if version)


def _data(comparison: Comparison) -> list[Item]:
    description = comparison.data
    if not description:
        return [Item("Data", "no run loaded them", "unknown")]
    sizes = ", ".join(f"{split} {provenance.size(size)}" for split, size in description["splits"].items())
    sources = {
        "files": "from files",
        "hub": f"from the Hugging Face hub, revision {description.get('revision')}",
        "offline": "ships with Python",
    }
    source = sources.get(str(description.get("source")), str(description.get("source")))
    licence = licences.of(str(description["name"]))
    return [
        Item("Data", f"{description['name']}, {source}, sha256 {description['sha256']}"),
        Item(
            "Splits",
            f"{sizes} {description.get('unit') or ''}".strip(),
            "" if TEST in description["splits"] else "no test split",
        ),
        Item("Licence of the data", licence, "unknown" if licence == licences.of("") else ""),
    ]


def _code(records: Sequence[Record]) -> Item:
    commits = list(dict.fromkeys(str(record.code.get("commit") or "unknown") for record in records))
    missing = [
        *(["uncommitted changes"] if any(record.code.get("dirty") for record in records) else []),
        *(["more than one commit"] if len(commits) > 1 else []),
        *(["unknown commit"] if "unknown" in commits else []),
    ]
    return Item("Code", f"commit {', '.join(commits)}", ", ".join(missing))


def shared(comparison: Comparison) -> dict[str, str]:
    """What is the same in the configurations of all shown rows, as overrides are written; the machinery left out."""
    flats = [record.flat for row in comparison.rows for record in row.records]
    every = dict.fromkeys(key for flat in flats for key in flat)
    same = [
        key
        for key in every
        if not config_keys.outside(key) and key != config_keys.SEED and len({config_keys.at(flat, key) for flat in flats}) == 1
    ]
    return {key: config_keys.label(config_keys.at(flats[0], key)) for key in same}
