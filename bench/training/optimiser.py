"""Optimisers and learning-rate schedules by name.

Schedules multiply the learning rate: a linear warm-up over `warmup_steps`, then `constant`, `linear` to zero, or `cosine` to
zero (Loshchilov and Hutter 2017, arXiv:1608.03983, one cycle) at the last step. Two go in `periods` equal parts of what follows
the warm-up, by default the epochs: with k = 0, 1, ... the number of a part,

    halving    1 for the first `held` parts, then half of the part before (Zaremba et al. 2014, arXiv:1409.2329)
    inverse    1 / (1 + decay k) (Ma and Hovy 2016, arXiv:1603.01354)

The optimisers are torch's fused ones, but for RMSprop, which has no such form.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

if TYPE_CHECKING:
    from bench.config.schema import OptimiserConfig


def groups(net: nn.Module, weight_decay: float) -> list[Any]:
    """The parameters of `net`; in two groups where there is weight decay and some of them are to have none, since a module
    names them in `undecayed`."""
    undecayed = {id(getattr(module, name)) for module in net.modules() for name in getattr(module, "undecayed", ())}
    parameters = list(net.parameters())
    kept = [parameter for parameter in parameters if id(parameter) in undecayed]
    if not weight_decay or not kept:
        return parameters
    decayed = [parameter for parameter in parameters if id(parameter) not in undecayed]
    return [{"params": decayed}, {"params": kept, "weight_decay": 0.0}]


def make_optimiser(config: "OptimiserConfig", parameters: Iterable[Any]) -> torch.optim.Optimizer:
    """Adam, AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), SGD with momentum, or RMSprop (Tieleman and Hinton 2012,
    Coursera lecture 6.5) without, whose mean of squares keeps 0.99 of itself a step."""
    if config.name == "rmsprop":
        return torch.optim.RMSprop(parameters, config.lr, alpha=0.99, weight_decay=config.weight_decay)
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
        scheduled_steps = max(total_steps - warmup, 1)
        done = min((step - warmup) / scheduled_steps, 1.0)
        part = (step - warmup) * config.periods // scheduled_steps
        return {
            "constant": 1.0,
            "linear": 1 - done,
            "cosine": (1 + math.cos(math.pi * done)) / 2,
            "halving": 0.5 ** max(part + 1 - config.held, 0),
            "inverse": 1 / (1 + config.decay * part),
        }[schedule]

    return LambdaLR(optimiser, factor)
