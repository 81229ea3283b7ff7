"""What loaders yield, and what a loader is."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, ClassVar, Protocol, Self

import torch
from torch import Tensor


class Batch:
    """Base of the dataclasses that loaders yield. A field's name says its axes: `inputs_BT` has a row for each item.

    `first` marks a batch at the start of its streams: no state is carried into it. `tokens` are what its speed counts. Lengths,
    and the places of rows in their split, are read on the host and stay there: `lengths_B`, `index_B`.
    """

    stays: ClassVar[tuple[str, ...]] = ()
    """Further tensors that are read where they were made."""
    first: bool
    tokens: int

    def to(self, device: Any) -> Self:
        """With its tensors on `device`."""
        target = torch.device(device)
        named = ((name, value) for name, value in self._tensors() if not (name in self.stays or _is_for_host(name)))
        on_host = target.type == "cpu"  # what comes back from a device is waited for
        return self._with({name: value.to(target, non_blocking=not on_host) for name, value in named if value.device != target})

    def select(self, rows: slice) -> Self:
        """Some of its items; what is not by item is kept whole, `tokens` too."""
        return self._with({name: value[rows] for name, value in self._tensors() if _is_by_row(name)})

    @property
    def rows(self) -> int:
        """How many items there are."""
        return next(len(value) for name, value in self._tensors() if _is_by_row(name))

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        values = ((field.name, getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]
        yield from ((name, value) for name, value in values if isinstance(value, Tensor))

    def _with(self, tensors: dict[str, Tensor]) -> Self:
        return replace(self, **tensors) if tensors else self  # type: ignore[type-var]


def _is_for_host(name: str) -> bool:
    return name == "index_B" or "lengths" in name.split("_")


def _is_by_row(name: str) -> bool:
    return name.rpartition("_")[2].startswith("B")


class Loader(Protocol):
    """Batches in an order that the seed and the epoch fix: iterating twice gives the same batches unless an epoch is set."""

    def set_epoch(self, epoch: int) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
