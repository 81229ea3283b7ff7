"""How large a net is, without its weights; `stack.parameters=N` instead of `stack.hidden_size`: the units that give about N."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from bench.build import class_of
from bench.config.compatibility import NO_CELL, size_step
from bench.config.factory import make_net
from bench.config.schema import RunConfig
from bench.errors import ConfigError
from bench.task import Task

TOLERANCE = 0.03
LARGEST = 1 << 16

_sizes: dict[str, int] = {}
"""Results of earlier searches: a sweep asks the same for every seed."""


def sized(config: RunConfig, task: Task[Any]) -> RunConfig:
    """The configuration with its units as a number; what was asked for stays, and names rows.

    Raises ConfigError where no number comes within 3 %.
    """
    parameters = config.stack.parameters
    if parameters is None:
        return config
    if config.cell["name"] == NO_CELL and not getattr(class_of(config.net["_target_"], key="net"), "own_layers", False):
        raise ConfigError(
            f"stack.parameters={parameters} is not allowed with model={config.net['name']}, whose layers are counted: "
            "leave it out."
        )
    key = json.dumps([asdict(config.stack), config.task, config.data, config.cell, config.net], sort_keys=True)
    if key not in _sizes:
        _sizes[key] = _search(config, task, parameters)
    return _with(config, _sizes[key])


def _search(config: RunConfig, task: Task[Any], parameters: int) -> int:
    """By halving; the parameters grow with the units, of which there are multiples of `step`."""
    step = size_step(config)

    def count(steps: int) -> int:
        return _parameters(config, task, steps * step)

    high = 1
    while count(high) < parameters and high * step < LARGEST:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < parameters else (low, middle)
    best = min((size for size in (low, high) if size), key=lambda size: abs(count(size) - parameters))
    if abs(count(best) - parameters) > TOLERANCE * parameters:
        raise ConfigError(
            f"stack.parameters={parameters} cannot be met within {TOLERANCE:.0%} with {_named(config)}: "
            f"{best * step} units have {count(best)}; give another number, or stack.hidden_size."
        )
    return best * step


def _named(config: RunConfig) -> str:
    return f"model={config.net['name']}" if config.cell["name"] == NO_CELL else f"cell={config.cell['name']}"


def _parameters(config: RunConfig, task: Task[Any], size: int) -> int:
    return parameters(net_without_weights(_with(config, size), task))


def _with(config: RunConfig, size: int) -> RunConfig:
    """What is as large as the stack, as conf/ has it, stays so: a decoder, or the layers of a net that has its own."""
    net, decoder = config.net, config.net.get("decoder")
    if isinstance(decoder, Mapping) and decoder.get("hidden_size") == config.stack.hidden_size:
        net = {**net, "decoder": {**decoder, "hidden_size": size}}
    if net.get("hidden_size") == config.stack.hidden_size:
        net = {**net, "hidden_size": size}
    return replace(config, stack=replace(config.stack, hidden_size=size), net=net)


class Unfilled(TorchFunctionMode):
    """Inside, what works in place does nothing: on tensors without values, torch would import its compiler to fill them."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, keywords = getattr(function, "__name__", ""), kwargs or {}
        if name.endswith("_") and not name.endswith("__"):
            return args[0] if args else keywords["tensor"]
        return function(*args, **keywords)


def net_without_weights(config: RunConfig, task: Task[Any]) -> nn.Module:
    """The net on torch's meta device. Raises ConfigError, one sentence, where it cannot be built."""
    try:
        with torch.device("meta"), Unfilled():
            return make_net(config, task)
    except (RuntimeError, TypeError, OverflowError) as error:
        if not re.search("overflow", str(error), re.IGNORECASE):
            raise
        sizes = [f"stack.hidden_size={config.stack.hidden_size}", *_sizes_of(config.net)]
        raise ConfigError(f"the net is too large to be counted, with {' and '.join(sizes)}: give smaller numbers.") from error


def _sizes_of(net: Mapping[str, Any], prefix: str = "net.") -> list[str]:
    """The whole numbers of a node that are large."""
    large = [f"{prefix}{key}={value}" for key, value in net.items() if isinstance(value, int) and value > LARGEST]
    inner = (_sizes_of(value, f"{prefix}{key}.") for key, value in net.items() if isinstance(value, Mapping))
    return [*large, *(size for sizes in inner for size in sizes)]


def parameters(net: nn.Module) -> int:
    """How many numbers there are to learn; of an n-gram or HMM baseline only after it is fitted."""
    return sum(weight.numel() for weight in net.parameters())


def check_net(config: RunConfig, task: Task[Any]) -> None:
    """Raises ConfigError, one sentence, for a net that cannot be built over this task; one is built for all jobs alike."""
    built_from = json.dumps([config.cell, config.net, asdict(config.stack)], sort_keys=True)
    checked = CHECKED.setdefault(task, set())
    if built_from not in checked:
        check_length(net_without_weights(config, task), task)
        checked.add(built_from)


CHECKED: WeakKeyDictionary[Task[Any], set[str]] = WeakKeyDictionary()
"""Of each task that is in use, the nets that were built over it."""


def check_length(net: nn.Module, task: Task[Any]) -> None:
    """Raises ConfigError, one sentence, for a text of the data that is longer than the net can generate."""
    longest, needed = getattr(net, "longest_text", None), task.longest_text()
    if longest is not None and needed > longest:
        raise ConfigError(
            f"net.longest={longest} is refused with net.stop=predicted_length: the longest text of the data has {needed} "
            f"symbols; give net.longest={needed}."
        )
