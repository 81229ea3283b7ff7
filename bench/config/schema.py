"""The typed configuration of one run.

`register()` hands the schema to Hydra, which then refuses unknown keys and wrong types. The nodes `task`, `data`, `cell`,
`net`, `evaluation`, `decode` and `launcher.cluster` name a class by `_target_` and are checked when they are built
(`bench.build`); what no type can express is in `bench.config.checks`.
"""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from omegaconf import MISSING

from bench.errors import ConfigError
from bench.nets.parts.block_settings import WITHOUT

READ = ("BENCH_DATA", "XDG_CACHE_HOME", "HOME")
"""Variables of the environment that conf/config.yaml reads."""
TWICE = "twice"
"""What `sweep.budget_check` says of a job that is a budget check."""


@dataclass
class StackConfig:
    since: ClassVar[dict[str, Any]] = WITHOUT
    """Keys that came later, at the value that older runs had."""

    depth: int = MISSING
    parameters: int | None = MISSING
    hidden_size: int = MISSING  # follows from `parameters` where that is given, and then names no row
    direction: str = MISSING
    dropout: float = MISSING
    dropout_mask: str = MISSING
    block: str = MISSING
    convolution: int = MISSING
    expansion: int = MISSING
    mlp: float = MISSING


@dataclass
class OptimiserConfig:
    name: str = MISSING
    lr: float = MISSING
    weight_decay: float = MISSING
    betas: list[float] = MISSING
    momentum: float = MISSING
    clip: float | None = MISSING
    schedule: str = MISSING
    warmup_steps: int = MISSING
    periods: int = MISSING
    held: int = MISSING
    decay: float = MISSING


@dataclass
class TrainerConfig:
    epochs: int = MISSING
    max_steps: int | None = MISSING
    batch_size: int = MISSING
    validate_every_steps: int | None = MISSING
    patience: int | None = MISSING
    precision: str = MISSING
    accelerator: str = MISSING
    devices: int = MISSING
    nodes: int = MISSING
    threads: int | None = MISSING
    log_every_steps: int = MISSING
    snapshot_minutes: float = MISSING


@dataclass
class SpeedConfig:
    rounds: int = MISSING
    seconds: float = MISSING


@dataclass
class LauncherConfig:
    name: str = MISSING
    jobs: int = MISSING
    minutes: float | None = MISSING
    fail_fast: bool = MISSING
    cluster: dict[str, Any] | None = MISSING  # with a `_target_`, or None: this machine


@dataclass
class TrackConfig:
    name: str = MISSING
    project: str = MISSING
    entity: str | None = MISSING
    mode: str = MISSING
    timeout_s: float = MISSING
    artifacts: bool = MISSING
    system: bool = MISSING
    also: list[str] = MISSING


@dataclass
class PathsConfig:
    data: str | None = MISSING
    results: str = MISSING
    cache: str = MISSING


@dataclass
class SweepConfig:
    """What a sweep runs and what its tables say; conf/sweep/template.yaml has every key with a comment."""

    name: str = MISSING
    title: str = MISSING
    note: str = MISSING
    rows: list[dict[str, Any]] = MISSING  # a job has none, nor seeds: they are its own values
    seeds: Any = MISSING
    tune: dict[str, Any] = MISSING
    baseline: dict[str, Any] | None = MISSING
    claims: list[dict[str, Any]] = MISSING
    literature: list[dict[str, Any]] = MISSING
    across: list[str] = MISSING
    budget_check: Any = MISSING  # whether it is asked for; of a job, whether it is one
    grow: bool = MISSING
    estimate: bool = MISSING


@dataclass
class RunConfig:
    """One run. `task`, `data`, `cell`, `net`, `evaluation`, `decode`: plain nodes with a `_target_`."""

    seed: int = MISSING
    stack: StackConfig = field(default_factory=StackConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)  # before what follows from it: rows are named by its keys
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    speed: SpeedConfig = field(default_factory=SpeedConfig)
    launcher: LauncherConfig = field(default_factory=LauncherConfig)
    track: TrackConfig = field(default_factory=TrackConfig)
    paths: PathsConfig = field(default_factory=PathsConfig)
    sweep: SweepConfig = field(default_factory=SweepConfig)
    plugins: list[str] = MISSING
    reuse: str = MISSING
    task: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cell: dict[str, Any] = MISSING
    net: dict[str, Any] = MISSING
    evaluation: dict[str, Any] = MISSING
    decode: dict[str, Any] = MISSING


def folder() -> Path:
    """Where the yaml files lie: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "conf", package.parent / "conf"):
        if (candidate / "config.yaml").is_file():
            return candidate
    raise ConfigError(f"no conf/config.yaml was found in {package} or beside it; install the package again.")


def register() -> None:
    """Registers the schema under the name that conf/config.yaml asks for. What the environment sets to nothing is not set."""
    for name in READ:
        if os.environ.get(name) == "":
            del os.environ[name]
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name="schema", node=RunConfig)


def plain(config: RunConfig) -> dict[str, Any]:
    """The whole configuration as plain dictionaries and lists, as a record stores it."""
    return asdict(config)
