"""From a command line to the jobs of a sweep: every grid's, composed and prepared before the first one starts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from bench.config.compose import Composer, single_valued, to_run
from bench.config.schema import RunConfig, register
from bench.config.schema import folder as conf_folder
from bench.errors import ConfigError

if TYPE_CHECKING:
    from bench.jobs.job import Job


def expand(config: DictConfig) -> list[list[list[str]]]:
    """The overrides of every job of a multirun by grid, Hydra's first; what the command line says wins over a grid.

    A further grid that chooses decode=greedy leaves out what the command line says of decode.width.
    """
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser

    found = []
    for params in (config.hydra.sweeper.params or {}, *config.grids):
        words = [f"{key}={value}" for key, value in params.items()]
        words += [word for word in map(str, config.hydra.overrides.task) if not _of_another_choice(word, params)]
        batches = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(words), None)
        found.append([list(job) for batch in batches for job in batch])
    return found


def configurations(words: Sequence[str]) -> Iterator[RunConfig]:
    """The jobs of a command line, as a sweep would run them."""
    from hydra import compose, initialize_config_dir
    from omegaconf import open_dict

    register()
    with initialize_config_dir(str(conf_folder()), version_base="1.3"):
        whole, composed = compose("config", overrides=single_valued(words), return_hydra_config=True), Composer()
        with open_dict(whole):
            whole.hydra.overrides.task = list(words)
        for grid in expand(whole):
            yield from (to_run(composed(job)) for job in grid)


def _of_another_choice(word: str, params: Mapping[str, Any]) -> bool:
    """Whether an override is of a key inside a group that this grid chooses for itself."""
    group, dot, _ = word.partition("=")[0].lstrip("+~").partition(".")
    return bool(dot) and group in params


def prepare_all(configs: Sequence[RunConfig]) -> "list[Job]":
    """Prepares every job; raises for the first that cannot run, saying which."""
    from bench.jobs.job import prepare

    jobs = [prepare(config) for config in configs]
    for job in jobs:
        if job.config.trainer.nodes > 1 and job.trained() is None:
            raise ConfigError(
                f"trainer.nodes={job.config.trainer.nodes}: several nodes are started by torchrun before this command, which "
                "then scores what they trained (python -m bench.jobs.ranks --help)."
            )
    return jobs
