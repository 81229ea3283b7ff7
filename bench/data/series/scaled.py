"""Series as a net reads them: each column with mean 0 and deviation 1 over the training steps, and the way back.

    u_t = v_t, or ln v_t      with difference: u_t - u_(t-1), of logarithms the log return      x_t = (u_t - mean) / deviation

A net whose outputs are bounded by what it saw in training cannot follow a trend out of that range; differences take it out.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from bench.data.sources.scale import varies
from bench.errors import DataError


class Scaled:
    """`x_TC` in float32, of which the steps before `first` are no values (a difference needs the step before). The mean and
    the deviation are those of the steps before `train`; `names` are the columns'."""

    def __init__(self, values_TC: Tensor, *, names: Sequence[str], train: int, log: bool, difference: bool) -> None:
        self.log, self.difference, self.first = log, difference, int(difference)
        self.levels_TC = values_TC.log() if log else values_TC
        u_TC = _changes(self.levels_TC) if difference else self.levels_TC
        fitted = u_TC[self.first : train]
        if len(fitted) < 2:
            raise DataError(
                f"the train part has {train} steps, too few to train on: give a longer series, or a larger data.split.train."
            )
        self.mean_C, self.deviation_C = fitted.mean(0), fitted.std(0, correction=0)
        varying_C = varies(self.deviation_C, self.levels_TC[:train])
        if not bool(varying_C.all()):
            column = names[int(varying_C.int().argmin())]
            raise DataError(f"column {column} is constant over the training steps: leave it out of data.table.columns.")
        self.x_TC = ((u_TC - self.mean_C) / self.deviation_C).float()
        finite_C = self.x_TC.isfinite().all(0)
        if not bool(finite_C.all()):
            column = names[int(finite_C.int().argmin())]
            raise DataError(
                f"column {column} has values so far apart that no number holds them beside one another: correct them, or leave "
                "it out of data.table.columns."
            )

    @classmethod
    def of(
        cls, values_TC: Tensor, *, mean: Sequence[float], deviation: Sequence[float], log: bool, difference: bool
    ) -> "Scaled":
        """Values by the scales of another series, that of a training."""
        new = cls.__new__(cls)
        new.log, new.difference, new.first = log, difference, int(difference)
        new.mean_C, new.deviation_C = torch.tensor(mean, dtype=torch.float64), torch.tensor(deviation, dtype=torch.float64)
        new.levels_TC = values_TC.log() if log else values_TC
        new.x_TC = ((_changes(new.levels_TC) if difference else new.levels_TC) - new.mean_C).div(new.deviation_C).float()
        return new

    def values(self, x_BKC: Tensor, origins_B: Tensor, columns: list[int]) -> Tensor:
        """The values [B, K, C] in the series' own units of x at the steps from each origin on, for these columns."""
        u_BKC = x_BKC.double() * self.deviation_C[columns] + self.mean_C[columns]
        if self.difference:
            u_BKC = self.levels_TC[origins_B - 1][:, None, columns] + u_BKC.cumsum(1)
        return torch.exp(u_BKC) if self.log else u_BKC


def _changes(levels_TC: Tensor) -> Tensor:
    """From step to step; of the first step there is none, and 0 stands there."""
    return levels_TC.diff(dim=0, prepend=levels_TC[:1])
