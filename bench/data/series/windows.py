"""Windows over series: the `window` steps before an origin are read, the `horizon` steps from it on are predicted."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from bench.data.batches.generated import generator
from bench.data.batches.sequences import WholeBatch


@dataclass(frozen=True)
class WindowBatch(WholeBatch):
    """`targets_B` is [B, horizon x columns]. `origins_B`, the first predicted step of each row, and `series_TC`, the predicted
    columns of the whole series, stay where they were made; a row may read what lies before its origin, and nothing else."""

    stays = ("origins_B", "series_TC")
    origins_B: Tensor = field(kw_only=True)
    series_TC: Tensor = field(kw_only=True)


class Windows:
    """One window for each of `origins`, in the order of time, or with a `seed` in a new order every epoch."""

    def __init__(
        self, x_TC: Tensor, origins: range, *, window: int, ahead: tuple[int, list[int]], batch_size: int, seed: int | None
    ) -> None:
        """`ahead`: how many steps are predicted, and the places of the columns that are."""
        self.x_TC, self.origins, self.window, self.batch_size, self.seed = x_TC, origins, window, batch_size, seed
        self.horizon, self.columns = ahead
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.origins) // self.batch_size)

    def __iter__(self) -> Iterator[WindowBatch]:
        origins_N, series_TC = torch.tensor(self.origins), self.x_TC[:, self.columns]
        if self.seed is not None:
            origins_N = origins_N[torch.randperm(len(origins_N), generator=generator("windows", self.seed, self.epoch))]
        for at in range(0, len(origins_N), self.batch_size):
            origins_B = origins_N[at : at + self.batch_size]
            inputs_BTI = self.x_TC[origins_B[:, None] + torch.arange(-self.window, 0)]
            targets_BKC = self.x_TC[origins_B[:, None] + torch.arange(self.horizon)][:, :, self.columns]
            count = targets_BKC.numel()
            yield WindowBatch(inputs_BTI, targets_BKC.flatten(1), None, count, origins_B=origins_B, series_TC=series_TC)
