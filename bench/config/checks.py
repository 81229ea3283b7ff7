"""What no type of the schema can express: ranges, choices, and what does not go together.

Every refusal is one sentence that names the key, what was given and what is allowed.
"""

from pathlib import Path

from bench.build import build
from bench.config.schema import TWICE, RunConfig
from bench.errors import ConfigError
from bench.nets.parts.block_settings import BLOCKS
from bench.records.machine import cores

LARGEST = 2**32 - 1
"""Of a whole number: what is larger is a slip, and no machine holds a net of such a size."""


def check(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for the first value that is out of range or does not go with the others."""
    _check_choices(config)
    _check_ranges(config)
    if not all(0 <= beta < 1 for beta in config.optimiser.betas) or len(config.optimiser.betas) != 2:
        raise ConfigError(f"optimiser.betas={config.optimiser.betas} must be two numbers from 0 to below 1.")
    jobs, threads = config.launcher.jobs, config.trainer.threads
    if config.launcher.cluster is None and jobs > 1 and threads is not None and jobs * threads > cores():
        raise ConfigError(
            f"launcher.jobs={jobs} with trainer.threads={threads} asks for {jobs * threads} threads on {cores()} cores, which "
            "makes every job several times slower: leave trainer.threads out, or give fewer jobs."
        )
    if config.launcher.cluster is not None:
        _check_elsewhere(config)
    for key, folder in (("paths.results", config.paths.results), ("paths.cache", config.paths.cache)):
        if not folder:
            raise ConfigError(f"{key} is empty: give a folder, such as {key}=runs, or leave it out.")
        if folder.startswith("~"):
            raise ConfigError(
                f"{key}={folder} is refused: ~ is not read there; give {key}=$HOME{folder[1:]}, or another folder."
            )
    if not config.sweep.name or ".." in config.sweep.name or config.sweep.name.startswith("/"):
        raise ConfigError(f"sweep.name={config.sweep.name!r} must be a relative folder name such as quick.")
    if config.sweep.budget_check not in (True, False, TWICE):
        raise ConfigError(f"sweep.budget_check={config.sweep.budget_check} is refused: give true or false.")
    untuned = [f"data.{key}" for key in config.data if f"data.{key}" not in config.sweep.tune]
    if wrong := sorted(set(config.sweep.across) - set(untuned)):
        raise ConfigError(
            f"sweep.across has {', '.join(wrong)}: give keys of data={config.data['name']} that are not tuned; the data of "
            "one table may differ in these keys only."
        )


def _check_elsewhere(config: RunConfig) -> None:
    """Jobs on other machines: what takes them there, and folders that all of them see."""
    name = config.launcher.name
    build(config.launcher.cluster or {}, key="launcher.cluster").check(name)
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
        ("stack.block", config.stack.block, BLOCKS),
        ("optimiser.name", config.optimiser.name, ("adam", "adamw", "sgd", "rmsprop")),
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
        ("stack.convolution", stack.convolution, 0, None),
        ("stack.expansion", stack.expansion, 1, None),
        ("stack.mlp", stack.mlp, 0, None),
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
            bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
            raise ConfigError(f"{key}={value} is out of range: give a number {bounds}.")
        if value == float("inf") and key != "trainer.snapshot_minutes":  # never, there
            raise ConfigError(f"{key}={value} is out of range: give a finite number.")
        if isinstance(value, int) and value > LARGEST:
            raise ConfigError(f"{key}={value} is out of range: give a number of at most {LARGEST}.")
    for key, value in (
        ("optimiser.lr", optimiser.lr),
        ("optimiser.clip", optimiser.clip),
        ("speed.seconds", config.speed.seconds),
        ("launcher.minutes", config.launcher.minutes),
    ):
        if value is not None and not 0 < value < float("inf"):
            raise ConfigError(f"{key}={value} is out of range: give a number above 0.")
