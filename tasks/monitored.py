"""Batches that are decoded too, where the metric of outputs chooses the checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.data.batches.batch import Loader


@dataclass(frozen=True)
class Monitored:
    """A batch of the monitor."""

    batch: Any
    first: bool = True

    @property
    def tokens(self) -> int:
        return int(self.batch.tokens)

    def to(self, device: Any) -> "Monitored":
        return Monitored(self.batch.to(device))


class Monitor:
    """The batches of `loader`, marked."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def set_epoch(self, epoch: int) -> None:
        self.loader.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Monitored]:
        return (Monitored(batch) for batch in self.loader)
