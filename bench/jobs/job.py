"""A job: one checked configuration with its identities. Preparing one imports no trainer: what is done is quickly known."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from bench import plugins
from bench.config.compatibility import NO_CELL, check_combinations, check_readable, check_topology
from bench.config.factory import make_strategy, make_task
from bench.config.model_size import check_net, sized
from bench.config.schema import RunConfig, plain
from bench.errors import ConfigError
from bench.jobs.identity import run_id, sources, train_id
from bench.records import machine, record
from bench.records.plan import lock_path
from bench.records.record import Record
from bench.tables import spec
from bench.task import Task
from bench.tracking import Settings, check
from bench.training.checkpoint import Checkpoint

ANY = "any"


class Names(NamedTuple):
    """What identifies a job, found once by who prepares it. `sources`: digest of the code that trains and scores it."""

    train_id: str
    run_id: str
    sources: str


@dataclass(frozen=True)
class Job:
    """A checked configuration with its identities."""

    config: RunConfig
    plain: dict[str, Any]
    task: Task[Any]
    names: Names

    @property
    def train_id(self) -> str:
        return self.names.train_id

    @property
    def run_id(self) -> str:
        return self.names.run_id

    @property
    def folder(self) -> Path:
        """The sweep's folder of results."""
        return Path(self.config.paths.results) / self.config.sweep.name

    @property
    def label(self) -> str:
        """A short name for people."""
        config = self.config
        recurrent = f"{config.cell['name']} {config.stack.depth}x{config.stack.hidden_size}"
        model = config.net["name"] if config.cell["name"] == NO_CELL else recurrent
        return f"{config.task['name']} {model} seed {config.seed}"

    @property
    def locks(self) -> tuple[Path, Path]:
        """The lock that whoever runs this job holds, and that of its training."""
        return lock_path(self.folder, self.run_id), self.checkpoint().lock

    def checkpoint(self) -> Checkpoint:
        """Where the weights are, or will be."""
        return Checkpoint(Path(self.config.paths.cache) / "checkpoints" / self.train_id)

    def done(self) -> Record | None:
        """The finished record of this job, if there is one; with `reuse=same_code` one of other sources does not count."""
        path = record.path_of(self.folder, self.run_id)
        finished = record.read_once(path) if path.is_file() else None
        if finished is None or finished.status not in record.FINISHED:
            return None
        same_code = finished.code.get("digest") == self.names.sources and "trained_by" not in finished.code
        return finished if self.config.reuse == ANY or same_code else None

    def ended(self) -> str | None:
        """The status of `done()`; quicker, since what was measured need not be read."""
        if self.config.reuse != ANY:
            finished = self.done()
            return None if finished is None else finished.status
        path = record.path_of(self.folder, self.run_id)
        status = record.head_of(path).status if path.is_file() else None
        return status if status in record.FINISHED else None

    def trained(self) -> dict[str, Any] | None:
        """The summary of its finished training, if there is one that may be reused."""
        return self.checkpoint().trained(None if self.config.reuse == ANY else self.names.sources)


def prepare(config: RunConfig) -> Job:
    """Loads the data, builds everything once without weights, and names the job. Raises ValueError, one sentence."""
    plugins.trust(config.plugins)
    _check_precision(config)
    check_combinations(config)
    check_topology(config)
    check_readable(config)
    task = make_task(config)
    config = sized(config, task)
    _check_batches(task, config)
    task.check_strategy(make_strategy(config), config.decode["name"])
    check_net(config, task)
    check(track_settings(config))
    content = plain(config)
    spec.parse(content["sweep"])
    _check_writable(Path(config.paths.results) / config.sweep.name)
    return Job(config, content, task, named(content, task.describe_data()))


def _check_batches(task: Task[Any], config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for batches that the data cannot fill, whatever the seed."""
    sizes = _BATCHED.setdefault(task, set())
    if config.trainer.batch_size not in sizes:
        task.train_loader(config.trainer.batch_size, config.seed)
        sizes.add(config.trainer.batch_size)


_BATCHED: WeakKeyDictionary[Task[Any], set[int]] = WeakKeyDictionary()
"""Of each task that is in use, the sizes of batches that were made."""


def _check_precision(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, where a processor would have to imitate bfloat16."""
    import torch

    on_processor = config.trainer.accelerator == "cpu" or not torch.accelerator.is_available()
    if config.trainer.precision == "bf16" and on_processor and not machine.computes_bf16():
        raise ConfigError(
            "trainer.precision=bf16 is refused on this processor, which has no instructions for it and would take a hundred "
            "times as long: give trainer.precision=float32, or use another machine."
        )


def named(content: Mapping[str, Any], data: Mapping[str, Any]) -> Names:
    """The names of a plain configuration over data that a task described; data that say nothing of their test have none."""
    trained_on = data.get("sha256_training", data["sha256"])
    trained_as = train_id(content, data_sha256=trained_on, chosen_as=data.get("chosen_as", {}))
    run_as = run_id(content, trained=trained_as, data_sha256=data["sha256"], scored_as=data.get("scored_as", {}))
    return Names(trained_as, run_as, sources(content))


def reopen(config: RunConfig, names: Names) -> Job:
    """A job that another process prepared: its data loaded, its names as they were found."""
    plugins.trust(config.plugins)
    return Job(config, plain(config), make_task(config), names)


def _check_writable(folder: Path) -> None:
    probe = folder / "records" / f".write-{os.getpid()}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"paths.results: the folder {folder} cannot be written ({error.strerror}); give another with paths.results=."
        ) from error


def track_settings(config: RunConfig) -> Settings:
    return Settings(**asdict(config.track))
