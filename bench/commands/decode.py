"""`python -m bench.decode CHECKPOINT [decode=beam decode.width=10 evaluation.batch_size=32] < source.txt`

Decodes lines with the weights of a finished training: one line out for each line in, in their order, an empty line for an
empty one. CHECKPOINT is the folder `<paths.cache>/checkpoints/<train_id>`. Strategy and evaluation are those of the run unless
overridden. A line ends with a line feed, and nowhere else.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.refusal import refuse

if TYPE_CHECKING:
    from bench.config import RunConfig

CHUNK = 1024  # lines decoded before the first of them is written
GROUPS = ("decode", "evaluation")
SETTINGS = ("stack", "optimiser", "trainer")  # what an older run does not say has its default


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, or 2 for a refused command."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    try:
        return decode(Path(arguments[0]), arguments[1:])
    except Exception as error:
        refuse(error)


def decode(folder: Path, overrides: Sequence[str]) -> int:
    import torch

    from bench.assemble import make_net, make_strategy
    from bench.build import build, locate
    from bench.checkpoint import Checkpoint
    from bench.data.lines import lines_of
    from bench.decodes import check_writes
    from bench.errors import DataError

    checkpoint = Checkpoint(folder)
    if checkpoint.trained() is None:
        raise DataError(
            f"{folder} holds no finished training, or a file in it is damaged: train again, or give "
            "<paths.cache>/checkpoints/<train_id> as a training left it."
        )
    config, about = configuration(folder, overrides), _read(folder, "about.json")
    evaluation = build(config.evaluation, key="evaluation")
    restore = getattr(locate(config.task["_target_"], key="task"), "restore", None)
    if restore is None:
        raise DataError(f"{folder} is of task={config.task['name']}, which reads no lines; give a translation's.")
    reader = restore(about["vocabulary"], evaluation)
    net = make_net(config, reader)
    try:
        checkpoint.load_best(net)
    except RuntimeError as error:
        raise DataError(
            f"the weights in {folder} are of another net than config.json beside them; give the folder as the training left it."
        ) from error
    strategy = make_strategy(config)
    check_writes(strategy, config.decode["name"])
    cut = 0
    with torch.no_grad():
        for lines in _chunks(lines_of(_text(sys.stdin.buffer.read()))):
            outputs, lost = reader.lines(net.eval(), strategy, lines, config.seed)
            cut += lost
            sys.stdout.write("".join(f"{line}\n" for line in outputs))
            sys.stdout.flush()
    if cut:
        print(f"{cut} source symbols beyond the longest length that was trained were not read", file=sys.stderr)
    return 0


def configuration(folder: Path, overrides: Sequence[str]) -> "RunConfig":
    """The run's own configuration with `overrides` of decode and evaluation. Raises ConfigError for any other."""
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf
    from yaml import YAMLError

    from bench import config as settings
    from bench.errors import ConfigError

    stored = _read(folder, "config.json")
    for word in overrides:
        if word.partition("=")[0].partition(".")[0] not in GROUPS:
            raise ConfigError(f"{word} cannot be changed after training: give overrides of {' and '.join(GROUPS)}.")
    settings.register()
    with initialize_config_dir(str(settings.folder()), version_base="1.3"):
        chosen = [word for word in overrides if word.startswith("decode=")] or [f"decode={stored['decode']['name']}"]
        composed = compose("config", overrides=[f"task={stored['task']['name']}", "track=none", *chosen])
    nodes: dict[str, Any] = OmegaConf.to_container(composed)  # type: ignore[assignment]
    for key, node in stored.items():
        if key != "paths":
            nodes[key] = {**nodes[key], **node} if key in SETTINGS else node
    if any(word.startswith("decode=") for word in overrides):
        nodes["decode"] = OmegaConf.to_container(composed.decode, resolve=True)
    try:
        changes = OmegaConf.from_dotlist([word for word in overrides if not word.startswith("decode=")])
    except YAMLError as error:
        raise ConfigError(f"{' '.join(overrides)} cannot be read: give a value such as decode.width=10.") from error
    merged = OmegaConf.merge(OmegaConf.structured(settings.RunConfig), nodes, changes)
    return settings.to_run(merged)  # type: ignore[arg-type]


def _read(folder: Path, name: str) -> dict[str, Any]:
    from bench.errors import DataError

    try:
        found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{folder} is no checkpoint: {name} in it cannot be read ({error}); give <paths.cache>/checkpoints/<train_id> of "
            "a finished run."
        ) from error
    return found


def _text(content: bytes) -> str:
    from bench.errors import DataError

    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"the input is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}.") from error


def _chunks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(lines), CHUNK):
        yield lines[start : start + CHUNK]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
