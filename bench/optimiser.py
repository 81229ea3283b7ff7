"""Optimisers and learning-rate schedules by name.

Schedules multiply the learning rate: a linear warm-up over `warmup_steps`, then `constant`, `linear` to zero, or `cosine` to
zero (Loshchilov and Hutter 2017, arXiv:1608.03983, one cycle) at the last step. The optimisers are torch's fused ones.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

if TYPE_CHECKING:
    from bench.config import OptimiserConfig


def make_optimiser(config: "OptimiserConfig", parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Adam, AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) or SGD with momentum."""
    if config.name == "sgd":
        return torch.optim.SGD(parameters, config.lr, momentum=config.momentum, weight_decay=config.weight_decay, fused=True)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.name]
    betas = (config.betas[0], config.betas[1])
    return kind(parameters, config.lr, betas=betas, weight_decay=config.weight_decay, fused=True)  # type: ignore[no-any-return]


def make_schedule(config: "OptimiserConfig", optimiser: torch.optim.Optimizer, total_steps: int) -> LambdaLR | None:
    """The schedule over `total_steps` steps; None where the rate never changes."""
    if config.schedule == "constant" and not config.warmup_steps:
        return None
    warmup, schedule = config.warmup_steps, config.schedule

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        done = min((step - warmup) / max(total_steps - warmup, 1), 1.0)
        return {"constant": 1.0, "linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2}[schedule]

    return LambdaLR(optimiser, factor)
