"""The typed configuration of one run, and the checks that no type can express.

`register()` hands the schema to Hydra, which then refuses unknown keys and wrong types. `check()` adds ranges and
combinations; every refusal is one sentence that names the key, what was given and what is allowed. The nodes `task`, `data`,
`cell`, `net`, `evaluation` and `decode` name a class by `_target_` and are checked when they are built (`build.py`).
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import MISSING, DictConfig, OmegaConf

from bench.combinations import check_combinations
from bench.errors import ConfigError
from bench.records.machine import cores

ELSEWHERE = ("slurm", "submitit", "ray")


@dataclass
class StackConfig:
    depth: int = MISSING
    parameters: int | None = MISSING
    hidden_size: int = MISSING  # follows from `parameters` where that is given, and then names no row
    direction: str = MISSING
    dropout: float = MISSING
    dropout_mask: str = MISSING


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


@dataclass
class TrackConfig:
    name: str = MISSING
    project: str = MISSING
    entity: str | None = MISSING
    mode: str = MISSING
    timeout_s: float = MISSING
    artifacts: bool = MISSING


@dataclass
class PathsConfig:
    data: str | None = MISSING
    results: str = MISSING
    cache: str = MISSING


@dataclass
class ReportConfig:
    sweep: str = MISSING
    title: str = MISSING
    note: str = MISSING
    tuned: list[str] = MISSING
    baseline: dict[str, Any] | None = MISSING
    published: list[dict[str, Any]] = MISSING
    findings: list[dict[str, Any]] = MISSING
    across: list[str] = MISSING
    estimate: bool = MISSING


@dataclass
class RunConfig:
    """One run; `grids` is a sweep's. `task`, `data`, `cell`, `net`, `evaluation`, `decode`: plain nodes with a `_target_`."""

    seed: int = MISSING
    stack: StackConfig = field(default_factory=StackConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)  # before what follows from it: rows are named by its keys
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    speed: SpeedConfig = field(default_factory=SpeedConfig)
    launcher: LauncherConfig = field(default_factory=LauncherConfig)
    track: TrackConfig = field(default_factory=TrackConfig)
    paths: PathsConfig = field(default_factory=PathsConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    grids: list[dict[str, Any]] = MISSING
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
    here = Path(__file__).resolve().parent
    for place in (here / "conf", here.parent / "conf"):
        if (place / "config.yaml").is_file():
            return place
    raise ConfigError(f"no conf/config.yaml was found in {here} or beside it; install the package again.")


def register() -> None:
    """Registers the schema under the name that conf/config.yaml asks for."""
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name="schema", node=RunConfig)


def to_run(composed: DictConfig) -> RunConfig:
    """The composed configuration as plain checked objects, interpolations resolved; a job has no grids. Raises ConfigError."""
    config = OmegaConf.to_object(composed)
    assert isinstance(config, RunConfig)
    config.grids = []
    check(config)
    return config


def plain(config: RunConfig) -> dict[str, Any]:
    """The whole configuration as plain dictionaries and lists, as a record stores it."""
    return asdict(config)


def check(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for the first value that is out of range or does not go with the others."""
    _check_choices(config)
    _check_ranges(config)
    if not all(0 <= beta < 1 for beta in config.optimiser.betas) or len(config.optimiser.betas) != 2:
        raise ConfigError(f"optimiser.betas={config.optimiser.betas} must be two numbers from 0 to below 1.")
    jobs, threads = config.launcher.jobs, config.trainer.threads
    if jobs > 1 and threads is not None and jobs * threads > cores():
        raise ConfigError(
            f"launcher.jobs={jobs} with trainer.threads={threads} asks for {jobs * threads} threads on {cores()} cores, which "
            "makes every job several times slower: leave trainer.threads out, or give fewer jobs."
        )
    if config.launcher.name in ELSEWHERE:
        _check_elsewhere(config)
    check_combinations(config)
    if not config.report.sweep or ".." in config.report.sweep or config.report.sweep.startswith("/"):
        raise ConfigError(f"report.sweep={config.report.sweep!r} must be a relative folder name such as quick.")
    known = [f"data.{key}" for key in config.data if f"data.{key}" not in config.report.tuned]
    if wrong := sorted(set(config.report.across) - set(known)):
        raise ConfigError(
            f"report.across has {', '.join(wrong)}: give keys of data={config.data['name']} that are not tuned, in which alone "
            "the data of one table may differ."
        )


def _check_elsewhere(config: RunConfig) -> None:
    """Jobs on other machines: folders that all of them see, and the launcher's own settings."""
    name, launcher = config.launcher.name, config.launcher
    if launcher.jobs != 1 or launcher.minutes is not None or launcher.fail_fast:
        raise ConfigError(
            f"launcher.jobs, launcher.minutes and launcher.fail_fast are for launcher=processes: with launcher={name} give "
            f"hydra.launcher.* (python -m bench launcher={name} --cfg hydra shows them)."
        )
    for key, folder in (("paths.results", config.paths.results), ("paths.cache", config.paths.cache)):
        if not Path(folder).is_absolute():
            raise ConfigError(
                f"{key}={folder} is relative, but with launcher={name} jobs run elsewhere: give an absolute folder that every "
                "machine sees."
            )


def _check_choices(config: RunConfig) -> None:
    for key, value, allowed in (
        ("stack.direction", config.stack.direction, ("forward", "bidirectional")),
        ("stack.dropout_mask", config.stack.dropout_mask, ("step", "sequence")),
        ("optimiser.name", config.optimiser.name, ("adam", "adamw", "sgd")),
        ("optimiser.schedule", config.optimiser.schedule, ("constant", "linear", "cosine", "halving", "inverse")),
        ("trainer.precision", config.trainer.precision, ("float32", "bf16")),
        ("reuse", config.reuse, ("any", "same_code")),
        ("trainer.accelerator", config.trainer.accelerator, ("auto", "cpu", "gpu", "mps")),
    ):
        if value not in allowed:
            raise ConfigError(f"{key}={value} is unknown: give one of {', '.join(allowed)}.")


def _check_ranges(config: RunConfig) -> None:
    stack, optimiser, trainer = config.stack, config.optimiser, config.trainer
    for key, value, low, high in (
        ("seed", config.seed, 0, 2**32 - 1),
        ("stack.depth", stack.depth, 1, None),
        ("stack.hidden_size", stack.hidden_size, 1, None),
        ("stack.parameters", stack.parameters, 1, None),
        ("stack.dropout", stack.dropout, 0, 1),
        ("optimiser.weight_decay", optimiser.weight_decay, 0, None),
        ("optimiser.momentum", optimiser.momentum, 0, 1),
        ("optimiser.warmup_steps", optimiser.warmup_steps, 0, None),
        ("optimiser.held", optimiser.held, 0, None),
        ("optimiser.decay", optimiser.decay, 0, None),
        ("trainer.epochs", trainer.epochs, 1, None),
        ("trainer.max_steps", trainer.max_steps, 1, None),
        ("trainer.batch_size", trainer.batch_size, 1, None),
        ("trainer.validate_every_steps", trainer.validate_every_steps, 1, None),
        ("trainer.patience", trainer.patience, 1, None),
        ("trainer.devices", trainer.devices, 1, None),
        ("trainer.nodes", trainer.nodes, 1, None),
        ("trainer.threads", trainer.threads, 1, None),
        ("trainer.log_every_steps", trainer.log_every_steps, 1, None),
        ("trainer.snapshot_minutes", trainer.snapshot_minutes, 0, None),
        ("optimiser.periods", optimiser.periods, 1, None),
        ("speed.rounds", config.speed.rounds, 0, None),
        ("launcher.jobs", config.launcher.jobs, 1, None),
    ):
        if value is not None and not (low <= value and (high is None or value <= high)):
            wanted = f"of at least {low}" if high is None else f"from {low} to {high}"
            raise ConfigError(f"{key}={value} is out of range: give a number {wanted}.")
    for key, value in (
        ("optimiser.lr", optimiser.lr),
        ("optimiser.clip", optimiser.clip),
        ("speed.seconds", config.speed.seconds),
        ("launcher.minutes", config.launcher.minutes),
    ):
        if value is not None and not 0 < value < float("inf"):
            raise ConfigError(f"{key}={value} is out of range: give a number above 0.")
