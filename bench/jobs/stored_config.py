"""The configuration that lies beside trained weights, with some of it overridden."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import ConfigError, DataError
from bench.moved import config_of_today

if TYPE_CHECKING:
    from bench.config.schema import RunConfig

SETTINGS = ("stack", "optimiser", "trainer", "sweep", "track", "speed")  # what an older run lacks has its default


def configuration(folder: Path, overrides: Sequence[str], *, groups: Sequence[str]) -> "RunConfig":
    """A run's own configuration with `overrides` of keys in `groups`. Raises ConfigError for any other key.

    The results, the cache and the launcher are those of the command line, the environment and the defaults, as for any run.
    """
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    from bench.config import schema as settings
    from bench.config.compose import to_run
    from bench.config.typed import check_word

    stored = config_of_today(read(folder, "config.json"))
    parsed = [check_word(word) for word in overrides]
    for word, override in zip(overrides, parsed, strict=True):
        if word[0] in "+~" or override.key_or_group.partition(".")[0] not in groups:
            raise ConfigError(f"{word} cannot be changed after training: give overrides of {', '.join(groups)}.")
        if override.is_sweep_override():
            raise ConfigError(f"{word} is refused: give one value, such as {override.key_or_group}=VALUE; text goes in quotes.")
    settings.register()
    group_choices = [word for word in overrides if "." not in word.partition("=")[0]]
    with initialize_config_dir(str(settings.folder()), version_base="1.3"):
        composed = compose("config", overrides=group_choices)
    nodes: dict[str, Any] = OmegaConf.to_container(composed)  # type: ignore[assignment]
    for key, node in stored.items():
        if key not in ("paths", "launcher", *(word.partition("=")[0] for word in group_choices)):
            nodes[key] = {**nodes[key], **node} if key in SETTINGS else node
    base: Any = OmegaConf.merge(OmegaConf.structured(settings.RunConfig), nodes)
    changes = [override for override in parsed if "." in override.key_or_group]
    for key in {override.key_or_group.partition(".")[0] for override in changes}:
        OmegaConf.set_struct(base[key], True)  # a key that the run does not have is refused, as on any command line
    for override in changes:
        OmegaConf.update(base, override.key_or_group, override.value(), merge=True)
    return to_run(base)


def read(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file of a checkpoint. Raises DataError where it is not there."""
    try:
        content: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{folder} is not a checkpoint: its {name} cannot be read ({error}); give <paths.cache>/checkpoints/<train_id> of "
            "a finished run."
        ) from error
    return content


def check_trained(folder: Path) -> None:
    """Raises DataError where a folder holds no finished training."""
    from bench.training.checkpoint import Checkpoint

    if Checkpoint(folder).trained() is None:
        raise DataError(
            f"{folder} contains no finished training, or a file in it is damaged: train again, or give an unchanged "
            "<paths.cache>/checkpoints/<train_id>."
        )
