"""What metrics are made of: sums over batches, and a value with what it takes to read it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A value with what it takes to read it: unit, which way is better, and over how many items it was taken."""

    value: float
    unit: str
    better: str
    count: int
    signature: str | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether it is a percentage at the end of its scale where all is wrong: no two nets differ there."""
        return self.unit == "%" and (self.value <= 0 if self.better == "higher" else self.value == 100)


Counts = dict[str, float]
"""Sums over batches; adding two of them key by key gives the sums of both."""


def add(total: Counts, more: Counts) -> Counts:
    """Sums of both; the first total is empty."""
    return {key: value + total[key] if total else value for key, value in more.items()}
