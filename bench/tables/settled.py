"""Whether a row has settled: whether a longer training, or another value of what was tuned, could still turn its order.

A run has settled when early stopping ended it, or its best validation lies before the last tenth of its budget; what is
counted and not trained has no budget. A row has settled when all of its runs have, and none of its tuned values is the last of
its grid on a side where more could be tried. Everything is read from records: steps, best step, the curve of validations.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.records.record import Record
from bench.tables.rows import Labels
from bench.tables.table import Value
from bench.tables.tuning import Measured

TENTH = 10


def has_budget(record: Record) -> bool:
    """Whether steps of training say when the run ends; not of a benchmark, a probe or a model that is counted."""
    return bool(record.train.get("steps"))


def run_settled(record: Record) -> bool:
    train = record.train
    if not has_budget(record):
        return True
    return TENTH * int(train["best_step"]) < (TENTH - 1) * int(train["steps"]) or _stopped_early(record)


def budget_settled(row: Measured) -> bool:
    """Whether all of a row's runs that are ok have settled; not of a row without one."""
    return bool(row.ok) and all(map(run_settled, row.ok))


def edges(row: Measured, tuned_keys: Sequence[str]) -> list[str]:
    """The tuned keys whose chosen value is the last of those tried; nothing for a row that was not tuned, or whose model is
    counted, for which no value is better than another."""
    if row.tuned is None or not any(map(has_budget, row.ok)):
        return []
    tried: list[Labels] = [candidate.tuned for candidate in row.group.candidates]
    return [key for index, key in enumerate(tuned_keys) if _at_an_edge(row.tuned[index], [values[index] for values in tried])]


def settled(row: Measured, tuned_keys: Sequence[str]) -> bool:
    return budget_settled(row) and not edges(row, tuned_keys)


def budget(row: Measured) -> str:
    """How long a row was trained, in words: the larger of its runs where they differ."""
    steps = max((int(record.train["steps"]) for record in row.ok if has_budget(record)), default=0)
    epochs = max((int(record.train.get("epochs") or 0) for record in row.ok if has_budget(record)), default=0)
    if not steps:
        return "no training"
    passes = f", {epochs} epoch{'' if epochs == 1 else 's'}" if epochs else ""
    return f"{steps:,} steps{passes}"


def _stopped_early(record: Record) -> bool:
    """Whether the last `patience` validations were no better than the best before them, which ends a training."""
    patience = record.config.get("trainer", {}).get("patience")
    values = (record.train.get("curve") or {}).get("validation") or []
    if patience is None or len(values) <= patience:
        return False
    primary = next(iter(record.metrics.get("validation", {}).values()), {})
    sign = -1 if primary.get("better") == "higher" else 1
    before = [sign * value for value in values[:-patience] if value is not None]
    return bool(before) and all(value is None or sign * value >= min(before) for value in values[-patience:])


def _at_an_edge(chosen: Value, tried: Sequence[Value]) -> bool:
    """Of numbers alone: words have no order. Nothing lies below 0, nor below 1 of a count."""
    numbers = [value for value in tried if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(set(numbers)) < 2 or not isinstance(chosen, int | float) or isinstance(chosen, bool):
        return False
    least = 1 if all(isinstance(number, int) for number in numbers) else 0
    return chosen == max(numbers) or (chosen == min(numbers) and chosen > least)
