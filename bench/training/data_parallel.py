"""One batch on several devices: which rows a rank reads, and sums over all ranks.

Every rank draws the same batches and keeps rows rank, rank + ranks, ...: so a lane stays on one rank, and with it its carried
state. A rank without a row (of a last batch smaller than the number of ranks) reads row 0 with weight 0, since all must take
part in the sum of gradients.

DistributedDataParallel averages gradients over ranks; the loss of a rank is therefore its own sum of nats over the *mean* count
of the ranks, which makes that average the gradient of the whole batch.
"""

from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from bench.data.batches.batch import Batch
from bench.metrics.metric import Counts

BatchT = TypeVar("BatchT", bound=Batch)


class Ranks:
    """`rank` of `count`. One rank alone reads whole batches and sums nothing."""

    def __init__(self, rank: int, count: int) -> None:
        self.rank, self.count = rank, count

    def rows_of_rank(self, batch: BatchT) -> BatchT:
        """The rows of this rank, at least one; what is not by row stays, `tokens` too (those of the whole batch)."""
        if self.count == 1:
            return batch
        rows = slice(self.rank, None, self.count) if self.reads(batch) else slice(1)
        return batch.select(rows)

    def reads(self, batch: Batch) -> bool:
        """Whether a row of this whole batch is this rank's."""
        return self.count == 1 or self.rank < batch.rows

    def loss(self, nll_sum: Tensor, count: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """(the loss to differentiate, this rank's sum of nats), from the sum and the count of its own rows."""
        if self.count == 1:
            return nll_sum / count, nll_sum.detach()
        if not self.reads(batch):
            nll_sum, count = 0 * nll_sum, 0 * count
        return nll_sum / (self.total(count.to(nll_sum.device)) / self.count), nll_sum.detach()

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
        keys = dict.fromkeys(key for rank_counts in everyones for key in rank_counts)
        return {key: sum(rank_counts[key] for rank_counts in everyones if key in rank_counts) for key in keys}

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
