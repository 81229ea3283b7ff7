"""From a command line to the jobs of a sweep: every grid's, composed and prepared before the first one starts."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from bench.config.compose import Composer, quoted, single_valued
from bench.config.own_folder import composing, config_dirs
from bench.config.schema import RunConfig
from bench.config.typed import check_words, no_value
from bench.errors import ConfigError
from bench.sweeps.named_rows import check_named_rows

if TYPE_CHECKING:
    from bench.jobs.job import Job

ALL = "all"
"""In place of a group's option: every one of them."""


def expand(config: DictConfig) -> list[list[list[str]]]:
    """The overrides of every job of a multirun, row by row of `sweep.rows`. What the command line says wins over a row.

    A row is a grid: {key: value, or a list of values}; the values that are tuned over and the seeds multiply it. Raises
    ConfigError for a row that cannot be read.
    """
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    typed = list(map(str, config.hydra.overrides.task))
    check_words(typed)
    loader: Any = GlobalHydra.instance().config_loader()
    grids = []
    for words in grids_of(config, typed):
        overrides = OverridesParser.create(config_loader=loader).parse_overrides([*words, *typed])
        for override in overrides:
            if override.is_sweep_override() and next(override.sweep_string_iterator(), None) is None:
                raise ConfigError(no_value(str(override.input_line)))
        batches = BasicSweeper.split_arguments(overrides, None)
        grids.append([list(job) for batch in batches for job in batch])
    return grids


def grids_of(config: DictConfig, typed: Sequence[str]) -> list[list[str]]:
    """Each row's overrides in Hydra's words, without those that the command line, `typed`, gives itself."""
    from omegaconf import OmegaConf

    sweep: Any = OmegaConf.to_container(config.sweep, resolve=True)
    overridden = {word.partition("=")[0].lstrip("+~") for word in typed}
    params = dict(config.hydra.sweeper.get("params") or {})  # a sweeper's own, such as a search's
    return [
        [f"{key}={value}" for key, value in {**params, **row_words(row, sweep)}.items() if key not in overridden]
        for row in sweep["rows"] or [{}]
    ]


def row_words(row: Mapping[str, Any], sweep: Mapping[str, Any]) -> dict[str, str]:
    """A row of `sweep.rows` as {key: what Hydra is told}: its own keys, what is tuned over, its seeds."""
    values = {key: value for key, value in row.items() if key != "seeds"}
    values |= {key: value for key, value in sweep["tune"].items() if key not in values and value}
    seeds = row.get("seeds", sweep["seeds"])
    if seeds is not None and "seed" not in values:
        values["seed"] = _numbers(seeds)
    if empty := [key for key, value in values.items() if value == []]:
        raise ConfigError(f"sweep.rows has an empty list for {empty[0]}: give a value, or a list of values.")
    return {key: _choices(key, value) for key, value in values.items()}


def _numbers(seeds: Any) -> list[int]:
    """A number says how many seeds, from 0 on; a list says which."""
    numbers = list(range(seeds)) if isinstance(seeds, int) and not isinstance(seeds, bool) else seeds
    if not isinstance(numbers, list) or not numbers or not all(isinstance(seed, int) for seed in numbers):
        raise ConfigError(f"sweep.seeds={seeds} is refused: give a number of seeds of at least 1, or a list of seeds.")
    return numbers


def _choices(key: str, value: Any) -> str:
    """One value, or several side by side; of a group, `all` and patterns such as `lstm*` stand for its options."""
    values = value if isinstance(value, list) else [value]
    if "." not in key and key != "seed":
        values = [option for item in values for option in _options(key, item)]
    return ",".join(map(quoted, values))


def _options(group: str, pattern: Any) -> list[Any]:
    if not isinstance(pattern, str) or not (pattern == ALL or set("*?[") & set(pattern)):
        return [pattern]
    from hydra.core.global_hydra import GlobalHydra

    options: list[str] = sorted(GlobalHydra.instance().config_loader().get_group_options(group))
    matches = options if pattern == ALL else [option for option in options if fnmatch(option, pattern)]
    if not matches:
        raise ConfigError(f"{group}: {pattern} matches none of {', '.join(options)}: give another pattern.")
    return matches


def configurations(words: Sequence[str]) -> Iterator[RunConfig]:
    """The jobs of a command line, as a sweep would run them."""
    from hydra import compose
    from omegaconf import open_dict

    folders, overrides = config_dirs(words)
    check_words(overrides)
    with composing(folders):
        composed, composer = compose("config", overrides=single_valued(overrides), return_hydra_config=True), Composer()
        with open_dict(composed):
            composed.hydra.overrides.task = overrides
        for grid in expand(composed):
            yield from map(composer.run, grid)


def _check_accelerator(config: RunConfig) -> None:
    """Raises ConfigError for an accelerator that this machine, which would train, does not have."""
    import torch

    accelerator = config.trainer.accelerator
    present = {"gpu": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not present.get(accelerator, True):
        raise ConfigError(
            f"trainer.accelerator={accelerator} is refused: torch finds none on this machine; give trainer.accelerator=auto or "
            "cpu, or a torch that is built for it."
        )


def prepare_all(configs: Sequence[RunConfig]) -> "list[Job]":
    """Prepares every job; raises for the first that cannot run, saying which."""
    from bench.jobs.job import prepare

    check_named_rows(configs)
    jobs = [prepare(config) for config in configs]
    for job in jobs:
        if job.config.launcher.cluster is None and job.trained() is None:
            _check_accelerator(job.config)
        if job.config.trainer.nodes > 1 and job.trained() is None:
            raise ConfigError(
                f"trainer.nodes={job.config.trainer.nodes}: train on several nodes with torchrun first; this command then "
                "scores the result (python -m bench.jobs.ranks --help)."
            )
    return jobs
