"""Batches of rows of like lengths, so that little of a batch is padding.

`Buckets`, for training: an order drawn from (seed, epoch), pools of 50 batches, each pool sorted by length and cut, the
batches of all pools shuffled. The number of batches is the same in every epoch, which schedules count on. `Ordered`, for
scoring: every row once, the longest first.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from bench.data.batches.ragged import Ragged
from bench.errors import DataError

POOL = 50  # 64 sentences of Multi30k a batch: 6.4 % padding; with 20 batches a pool 9.8 %
BATCH_BY = ("sentences", "tokens")


class Rows(Protocol):
    """Rows with two lengths each, in one order; `batch` makes a batch of these rows (int64 [B])."""

    @property
    def source(self) -> Ragged: ...
    @property
    def target(self) -> Ragged: ...
    def __len__(self) -> int: ...
    def batch(self, rows: Tensor) -> Any: ...


class Buckets:
    """Training batches of `pairs`, each row once an epoch, the order fixed by seed and epoch.

    `batch_by=sentences`: `batch_size` rows a batch, the last one the rest. `batch_by=tokens`: as many rows as keep
    rows x longest side (padding included) at `batch_size` or below, at least one row; here the whole split is one pool,
    sorted by the longer side, because only then is the number of batches the same in every epoch.
    """

    def __init__(self, pairs: Rows, batch_size: int, *, seed: int, batch_by: str = "sentences") -> None:
        if batch_by not in BATCH_BY:
            raise DataError(f"batch_by={batch_by} is unknown: give {' or '.join(BATCH_BY)}.")
        _check_size(batch_size)
        self.pairs = pairs
        self.batch_size = batch_size
        self.seed = seed
        self.by_tokens = batch_by == "tokens"
        self.epoch = 0
        longer = torch.maximum(pairs.source.lengths, pairs.target.lengths)
        self.sizes = _sizes(longer.sort().values.tolist(), batch_size) if self.by_tokens else []

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.sizes) if self.by_tokens else -(-len(self.pairs) // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        for rows in self.plan():
            yield self.pairs.batch(rows)

    def plan(self) -> list[Tensor]:
        """The rows of every batch of this epoch."""
        generator = torch.Generator().manual_seed(_mixed(self.seed, self.epoch))
        order = torch.randperm(len(self.pairs), generator=generator)
        if self.by_tokens:
            cut = list(torch.split(_by_longer(self.pairs, order), self.sizes))
        else:
            pools = torch.split(order, POOL * self.batch_size)
            cut = [rows for pool in pools for rows in torch.split(_by_both(self.pairs, pool), self.batch_size)]
        return [cut[index] for index in torch.randperm(len(cut), generator=generator).tolist()]


class Ordered:
    """Batches of at most `batch_size` rows by falling source length, each row once; `index_B` restores the order."""

    def __init__(self, pairs: Rows, batch_size: int) -> None:
        _check_size(batch_size)
        self.pairs = pairs
        rows = pairs.target.lengths.sort(descending=True, stable=True).indices
        rows = rows[pairs.source.lengths[rows].sort(descending=True, stable=True).indices]
        self.rows = torch.split(rows, batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Every epoch is the same."""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        for rows in self.rows:
            yield self.pairs.batch(rows)


def _check_size(batch_size: int) -> None:
    if batch_size < 1:
        raise DataError(f"batch_size={batch_size} is out of range: give a number of at least 1.")


def _by_longer(pairs: Rows, rows: Tensor) -> Tensor:
    """The rows by the length of their longer side; equals keep their order."""
    longer = torch.maximum(pairs.source.lengths[rows], pairs.target.lengths[rows])
    return rows[longer.sort(stable=True).indices]


def _by_both(pairs: Rows, rows: Tensor) -> Tensor:
    """The rows by the length of their longer side, equals by the source's: keeps the padding of both sides low."""
    return _by_longer(pairs, rows[pairs.source.lengths[rows].sort(stable=True).indices])


def _sizes(rising: list[int], most: int) -> list[int]:
    """How many rows each batch takes of these lengths in rising order."""
    sizes = [0]
    for length in rising:
        if sizes[-1] and (sizes[-1] + 1) * length > most:
            sizes.append(0)
        sizes[-1] += 1
    return sizes


def _mixed(seed: int, epoch: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {epoch}".encode()).digest()[:7], "big")
