"""One batch on several devices: which rows a rank reads, and sums over all ranks.

Every rank draws the same batches and keeps rows rank, rank + ranks, ...: so a lane stays on one rank, and with it its carried
state. Which tensors have the batch as axis 0 is said by their names (`inputs_BT`, `lengths_B`). A rank without a row (of a last
batch smaller than the number of ranks) reads row 0 with weight 0, since all must take part in the sum of gradients.

DistributedDataParallel averages gradients over ranks; the loss of a rank is therefore its own sum of nats over the *mean* count
of the ranks, which makes that average the gradient of the whole batch.
"""

from dataclasses import fields, replace
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from bench.metrics.metric import Counts


class Ranks:
    """`rank` of `count`. One rank alone reads whole batches and sums nothing."""

    def __init__(self, rank: int, count: int) -> None:
        self.rank, self.count = rank, count

    def own(self, batch: Any) -> Any:
        """The rows of this rank, at least one; what is not by row stays, `tokens` too (those of the whole batch)."""
        if self.count == 1:
            return batch
        if hasattr(batch, "batch"):
            return replace(batch, batch=self.own(batch.batch))
        rows = slice(self.rank, None, self.count) if self.reads(batch) else slice(1)
        return replace(batch, **{name: value[rows] for name, value in _by_row(batch)})

    def reads(self, batch: Any) -> bool:
        """Whether a row of this whole batch is this rank's."""
        if self.count == 1:
            return True
        return self.reads(batch.batch) if hasattr(batch, "batch") else self.rank < len(_by_row(batch)[0][1])

    def loss(self, nll_sum: Tensor, count: Tensor, batch: Any) -> tuple[Tensor, Tensor]:
        """(the loss to differentiate, this rank's sum of nats), from the sum and the count of its own rows."""
        if self.count == 1:
            return nll_sum / count, nll_sum.detach()
        if not self.reads(batch):
            nll_sum, count = 0 * nll_sum, 0 * count
        return nll_sum / (self.total(count) / self.count), nll_sum.detach()

    def total(self, value: Tensor) -> Tensor:
        """The sum over ranks, without gradient."""
        if self.count == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total

    def totals(self, counts: Counts) -> Counts:
        """Sums over ranks, key by key; a rank that scored nothing has no keys."""
        if self.count == 1:
            return counts
        everyones: list[Counts] = [{} for _ in range(self.count)]
        dist.all_gather_object(everyones, counts)
        keys = dict.fromkeys(key for one in everyones for key in one)
        return {key: sum(one[key] for one in everyones if key in one) for key in keys}

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether any rank says so."""
        return flag if self.count == 1 else bool(self.total(torch.tensor(int(flag), device=device)).item())

    def common(self, numbers: list[int]) -> list[int]:
        """Those that every rank has."""
        if self.count == 1:
            return numbers
        everyones: list[list[int]] = [[] for _ in range(self.count)]
        dist.all_gather_object(everyones, numbers)
        return sorted(set.intersection(*map(set, everyones)))


def _by_row(batch: Any) -> list[tuple[str, Tensor]]:
    found = ((field.name, getattr(batch, field.name)) for field in fields(batch) if field.name.rpartition("_")[2][:1] == "B")
    return [(name, value) for name, value in found if value is not None]
