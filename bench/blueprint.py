"""The net of a configuration without its weights: what it would be, at no cost; and how many parameters a net has."""

from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from bench.assemble import make_net
from bench.config import RunConfig
from bench.task import Task


class Unfilled(TorchFunctionMode):
    """Inside, what works in place does nothing: on tensors without values, torch would import its compiler to fill them."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, given = getattr(function, "__name__", ""), kwargs or {}
        if name.endswith("_") and not name.endswith("__"):
            return args[0] if args else given["tensor"]
        return function(*args, **given)


def blueprint(config: RunConfig, task: Task) -> nn.Module:
    """The net on torch's meta device. Raises ConfigError, one sentence, where it cannot be built."""
    with torch.device("meta"), Unfilled():
        return make_net(config, task)


def parameters(net: nn.Module) -> int:
    """How many numbers there are to learn; of a counted net only after it has counted."""
    return sum(weight.numel() for weight in net.parameters())
