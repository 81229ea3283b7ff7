"""How a run that was trained again stands to its record: the same bits, the same to rounding, or moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.records.record import Record
from bench.tables.provenance import families

ROUNDING = 1e-6
"""Shares by which a metric may differ that is equal to rounding."""
EQUAL, ROUNDED, MOVED = "bit-equal", "equal to rounding", "moved"


@dataclass(frozen=True)
class Verified:
    """`share`: how far the metric that moved most is from the recorded one, as a share of it; `metric` names it."""

    run_id: str
    outcome: str
    metric: str
    share: float
    recorded_on: str
    trained_on: str

    @property
    def same_family(self) -> bool:
        return self.recorded_on == self.trained_on

    @property
    def perhaps_same_family(self) -> bool:
        """The same processor by its name, in a record that does not say with which vector instructions."""
        return self.trained_on.startswith(f"{self.recorded_on} (")


def verified(recorded: Record, again: Record) -> Verified:
    """Compares all metrics of all splits; one that only one of them has has moved by infinity."""
    shares = dict(_shares(recorded, again))
    metric = max(shares, key=lambda name: shares[name], default="")
    share = shares.get(metric, float("inf"))  # nothing was measured
    outcome = EQUAL if share == 0 else ROUNDED if share <= ROUNDING else MOVED
    (before,), (after,) = families([recorded]), families([again])
    return Verified(recorded.run_id, outcome, metric, share, before, after)


def _shares(recorded: Record, again: Record) -> Iterator[tuple[str, float]]:
    for split in dict.fromkeys([*recorded.metrics, *again.metrics]):
        before, after = recorded.metrics.get(split, {}), again.metrics.get(split, {})
        for name in dict.fromkeys([*before, *after]):
            old, new = (side.get(name, {}).get("value", "absent") for side in (before, after))
            yield f"{split}.{name}", _share(old, new)


def _share(old: object, new: object) -> float:
    if old == new:
        return 0.0
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return float("inf")
    return abs(new - old) / abs(old) if old else float("inf")
