"""What loaders yield, and what a loader is."""

from collections.abc import Iterator
from typing import Any, Protocol


class Batch(Protocol):
    """What a loader yields. `first` marks a batch at the start of its streams: no state is carried into it."""

    first: bool

    @property
    def tokens(self) -> int: ...

    def to(self, device: Any) -> "Batch": ...


class Loader(Protocol):
    """Batches in an order that the seed and the epoch fix: iterating twice gives the same batches unless an epoch is set."""

    def set_epoch(self, epoch: int) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
