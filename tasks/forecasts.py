"""What a net forecasts from windows, in the series' own units: all steps at once, or each read before the next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from bench.data.series.scaled import Scaled
from bench.data.series.windows import WindowBatch
from bench.nets.roles import Answers


@dataclass(frozen=True)
class Horizon:
    """`steps` ahead, `at_once` of them from one window; `columns` are the places of those that are forecast."""

    steps: int
    at_once: int
    columns: Sequence[int]


def forecast(net: Answers[WindowBatch], batch: WindowBatch, scaled: Scaled, horizon: Horizon) -> Tensor:
    """[B, steps, columns] in the series' own units."""
    steps: list[Tensor] = []
    for _ in range(horizon.steps // horizon.at_once):
        x_BKC = net.answers(batch).view(-1, horizon.at_once, len(horizon.columns))
        steps.append(x_BKC)
        if horizon.at_once < horizon.steps:  # what was predicted is read next
            batch = replace(batch, inputs_BT=torch.cat([batch.inputs_BT[:, horizon.at_once :], x_BKC], 1))
    return scaled.values(torch.cat(steps, 1).cpu(), batch.origins_B, list(horizon.columns))
