"""`stack.parameters=N` instead of `stack.hidden_size`: the units that give the whole net about N parameters."""

import json
from dataclasses import asdict, replace
from functools import partial

from bench.blueprint import blueprint, parameters
from bench.combinations import NO_CELL
from bench.config import RunConfig
from bench.errors import ConfigError
from bench.task import Task

TOLERANCE = 0.03
LARGEST = 1 << 16

_found: dict[str, int] = {}
"""What was found before: a sweep asks the same for every seed."""


def sized(config: RunConfig, task: Task) -> RunConfig:
    """The configuration with its units as a number; what was asked for stays, and names rows.

    Raises ConfigError where no number comes within 3 %.
    """
    wanted = config.stack.parameters
    if wanted is None:
        return config
    if config.cell["name"] == NO_CELL:
        raise ConfigError(
            f"stack.parameters={wanted} is not allowed with model={config.net['name']}, which counts: leave it out."
        )
    asked = json.dumps([asdict(config.stack), config.task, config.data, config.cell, config.net], sort_keys=True)
    if asked not in _found:
        _found[asked] = _search(config, task, wanted)
    return _with(config, _found[asked])


def _search(config: RunConfig, task: Task, wanted: int) -> int:
    """By halving; the parameters grow with the units."""
    count = partial(_parameters, config, task)
    high = 1
    while count(high) < wanted and high < LARGEST:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < wanted else (low, middle)
    best = min((size for size in (low, high) if size), key=lambda size: abs(count(size) - wanted))
    if abs(count(best) - wanted) > TOLERANCE * wanted:
        raise ConfigError(
            f"stack.parameters={wanted} cannot be met within {TOLERANCE:.0%} with cell={config.cell['name']}: "
            f"{best} units have {count(best)}; give another number, or stack.hidden_size."
        )
    return best


def _parameters(config: RunConfig, task: Task, size: int) -> int:
    return parameters(blueprint(_with(config, size), task))


def _with(config: RunConfig, size: int) -> RunConfig:
    return replace(config, stack=replace(config.stack, hidden_size=size))
