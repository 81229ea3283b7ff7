"""What makes two runs the same: `train_id` over all that determines trained weights, `run_id` over it, decoding and scoring.

A run is named by what it is, never by how today's source reads: by the content of its data, by the names and values of its
settings, and by versions. `version = 1` is an attribute of every class that a configuration names; who changes what a class
computes raises it, and `tests/golden` notices who forgets. Where a class lies, what its messages say and what its locals are
called is in no name. A setting that is added later is left out while it stands at the value that older runs had, which the
class says (`since = {"heads": 1}`, in a node of its own `{"text": {"joiners": False}}`); a class that is renamed keeps its name
here (`known_as = "LSTM"`). Nobody keeps golden runs of a plugin, so the digest of its sources stands beside its version.

A task may find in its data how outputs are scored: the tokeniser of BLEU by the language, the case that a text is written in.
What it finds is in the names too, except where it is what every older run did: `chosen_as` in what a task describes of its
data, for what chooses the checkpoint, and `scored_as`, for the figures.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bench import plugins
from bench.build import class_of, locate, settings_of
from bench.config.schema import StackConfig
from bench.errors import ConfigError
from bench.jobs.sources import code_digest
from bench.word_vectors.vectors import files_of

SCHEMA = 1
"""Of the rule in this file: raised when the rule itself changes, so that no name of one rule is taken for another's."""
TRAINING = 1
"""Of what trains every net: learner, optimiser, schedules, clipping, dropout, initialisation, what validation chooses."""

TRAINS, SCORES = "determines the weights", "determines outputs and scores"
FIELDS = {
    "seed": TRAINS,
    "task": TRAINS,
    "data": TRAINS,  # but for where it lies and its test, see `WHERE`
    "cell": TRAINS,
    "net": TRAINS,
    "stack.depth": TRAINS,
    "stack.hidden_size": TRAINS,
    "stack.direction": TRAINS,
    "stack.dropout": TRAINS,
    "stack.dropout_mask": TRAINS,
    "stack.block": TRAINS,
    "stack.convolution": TRAINS,
    "stack.expansion": TRAINS,
    "stack.mlp": TRAINS,
    "stack.parameters": "the units that came of it are in stack.hidden_size",
    "optimiser.name": TRAINS,
    "optimiser.lr": TRAINS,
    "optimiser.weight_decay": TRAINS,
    "optimiser.betas": TRAINS,
    "optimiser.momentum": TRAINS,
    "optimiser.clip": TRAINS,
    "optimiser.schedule": TRAINS,
    "optimiser.warmup_steps": TRAINS,
    "optimiser.periods": TRAINS,
    "optimiser.held": TRAINS,
    "optimiser.decay": TRAINS,
    "trainer.epochs": TRAINS,
    "trainer.max_steps": TRAINS,
    "trainer.batch_size": TRAINS,
    "trainer.validate_every_steps": TRAINS,
    "trainer.patience": TRAINS,
    "trainer.precision": TRAINS,
    "trainer.devices": TRAINS,
    "trainer.nodes": TRAINS,
    "trainer.accelerator": "where a run is computed changes its rounding alone; the record's machine says it",
    "trainer.threads": "changes the rounding alone; the record's machine says it",
    "trainer.log_every_steps": "how often the curve is noted",
    "trainer.snapshot_minutes": "what an interruption may cost; going on gives the same bits",
    "evaluation": SCORES,  # and what of it chooses the checkpoint: TRAINS, as its class says (`chooses`)
    "decode": SCORES,
    "plugins": "what may be named; the classes that are named carry their sources",
    "reuse": "which finished runs count",
    "speed": "measured after training, in a pass of its own",
    "launcher": "where jobs run",
    "track": "who is told",
    "paths": "where things lie; data are named by their content",
    "sweep": "which runs, and how their results are shown",
}
"""What each field of the configuration is to the names: `TRAINS`, `SCORES`, or why it is in none."""

WHERE = frozenset({"places", "path", "hub", "train", "validation", "text.vectors"})
"""Settings of data that say where content lies, or how much of it: its digest is in the name."""


NODES = ("task", "data", "cell", "net")
NOTHING: Mapping[str, Any] = MappingProxyType({})


def train_id(config: Mapping[str, Any], *, data_sha256: str, chosen_as: Mapping[str, Any] = NOTHING) -> str:
    """Identity of the trained weights of a plain configuration: 16 hexadecimal digits.

    `data_sha256` is that of the splits that train and choose the checkpoint.
    """
    added = getattr(class_of(config["data"]["_target_"], key="data"), "since", {})
    data = _less(settings_of(config["data"], key="data"), added)
    content = {
        "schema": SCHEMA,
        "training": TRAINING,
        "data": {
            "sha256": data_sha256,
            "settings": {key: value for key, value in _content_alone(data).items() if not key.startswith("test")},
            **_version(config["data"]["_target_"], key="data"),
        },
        "task": described(config["task"], key="task"),
        "net": described(config["net"], key="net"),
        "chosen_by": {**_choosing(config["evaluation"]), **chosen_as},
    }
    if is_counted(config):  # no cell, no steps: what is set for the other rows of its sweep is nothing to it
        return digest({**content, "seed": config["seed"]})
    return digest({**content, "cell": described(config["cell"], key="cell"), **_trains(config)})


def _content_alone(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Without `WHERE`, keys below a key too."""
    return {
        key: _content_alone(value, f"{prefix}{key}.") if isinstance(value, Mapping) else value
        for key, value in settings.items()
        if f"{prefix}{key}" not in WHERE
    }


def _trains(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of the configuration, its nodes apart, determines the weights. A record of an older run may lack a later key."""
    keys = [key for key, meaning in FIELDS.items() if meaning == TRAINS and key not in NODES]
    later = {f"stack.{key}": value for key, value in StackConfig.since.items()}
    values = {key: _at(config, key) for key in keys if key not in later or key.partition(".")[2] in config["stack"]}
    return _less(values, later)


def run_id(config: Mapping[str, Any], *, trained: str, data_sha256: str, scored_as: Mapping[str, Any] = NOTHING) -> str:
    """Identity of a run: the trained weights, the whole of the data, how it is decoded and how it is scored."""
    evaluation = class_of(config["evaluation"]["_target_"], key="evaluation")
    resolved = getattr(evaluation, "resolved", ())
    content = {
        "train_id": trained,
        "data": data_sha256,
        "decode": described(config["decode"], key="decode"),
        "evaluation": {
            key: value for key, value in settings_of(config["evaluation"], key="evaluation").items() if key not in resolved
        },
        "scoring": class_of(config["task"]["_target_"], key="task").scoring,
        **({"scored_as": dict(scored_as)} if scored_as else {}),
    }
    return digest(content)


def of_a_cell(node: Mapping[str, Any], measured_on: str) -> tuple[str, str]:
    """(train_id, run_id) of a cell that a benchmark times; torch's own layers have a name and nothing else."""
    content = described(node, key="cell") if "_target_" in node else dict(node)
    return digest(content), digest([content, measured_on])


def is_counted(config: Mapping[str, Any]) -> bool:
    """Whether the net is counted and not trained, whatever the batches: it has no cell. A plugin's may see its batches."""
    from bench.training.counting import Counted

    target = config["net"]["_target_"]
    return plugins.owner(target.rpartition(".")[0]) is None and issubclass(class_of(target, key="net"), Counted)


def described(node: Mapping[str, Any], *, key: str) -> dict[str, Any]:
    """What a node with a `_target_` is: its class by name and version, its settings by name and value, nodes in it likewise.

    A setting that is a file, as the class says (`files = ("vectors",)`), is its content and not its place.
    """
    cls = class_of(node["_target_"], key=key)
    since, files = getattr(cls, "since", {}), getattr(cls, "files", ())
    settings = _less(settings_of(node, key=key), since)
    return {
        "class": vars(cls).get("known_as", cls.__name__),  # no subclass has the name of its base
        "settings": {
            name: _content(value, key=f"{key}.{name}") if name in files else _nested(value, key=f"{key}.{name}")
            for name, value in settings.items()
        },
        **_version(node["_target_"], key=key),
    }


def _less(settings: Mapping[str, Any], since: Mapping[str, Any]) -> dict[str, Any]:
    """Without what stands at the value that runs had before there was a setting, in a node of it too."""
    remaining = {}
    for name, value in settings.items():
        if name in since and isinstance(value, Mapping) and isinstance(since[name], Mapping):
            remaining[name] = _less(value, since[name])
        elif name not in since or since[name] != value:
            remaining[name] = value
    return remaining


def _content(source: str | None, *, key: str) -> dict[str, str] | None:
    """The digest of a file, or of those of a package. Raises ConfigError where one cannot be read."""
    if source is None:
        return None
    try:
        digests = [_digest_of_file(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files_of(source)]
        return {"sha256": digests[0] if len(digests) == 1 else digest(digests)}
    except OSError as error:
        raise ConfigError(f"{key}={source} cannot be read ({error.strerror}): give an existing file.") from error


@lru_cache(maxsize=16)
def _digest_of_file(path: str, mtime_ns: int, size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _nested(value: Any, *, key: str) -> Any:
    if value is None or isinstance(value, str | int | float) or not isinstance(value, Mapping):
        return value
    if "_target_" in value:
        return described(value, key=key)
    return {name: _nested(inner, key=f"{key}.{name}") for name, inner in value.items()}


def _version(target: str, *, key: str) -> dict[str, Any]:
    """How often a class and its bases were raised; of a plugin's class its sources too.

    Every version counts, so that a raised base gives a new name to a class that has a version of its own.
    """
    cls, module = class_of(target, key=key), target.rpartition(".")[0]
    raised = sum(base.version - 1 for base in cls.__mro__ if "version" in vars(base))
    if plugins.owner(module) is None:
        return {"version": 1 + raised}
    return {"version": 1 + raised, "sources": code_digest([module])}


def _choosing(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """What of the evaluation bounds the outputs that choose the checkpoint: all of it, where its class does not say."""
    settings = settings_of(evaluation, key="evaluation")
    evaluation_class = class_of(evaluation["_target_"], key="evaluation")
    chooses, resolved = getattr(evaluation_class, "chooses", tuple(settings)), getattr(evaluation_class, "resolved", ())
    return {key: settings[key] for key in chooses if key not in resolved}


def _at(config: Mapping[str, Any], key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = value[part]
    return value


def digest(content: object) -> str:
    """16 hexadecimal digits of what JSON can hold; 1 and 1.0 are one value."""
    return hashlib.sha256(json.dumps(_by_value(content), sort_keys=True).encode()).hexdigest()[:16]


def _by_value(content: object) -> object:
    if content is None or isinstance(content, str | int):
        return content
    if isinstance(content, Mapping):
        return {key: _by_value(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_by_value(value) for value in content]
    return int(content) if isinstance(content, float) and content.is_integer() else content


def sources(config: Mapping[str, Any]) -> str:
    """Digest of the code that trains and scores this configuration: provenance, in no name."""
    named = (locate(config[name]["_target_"], key=name).__module__ for name in (*NODES, "decode"))
    return code_digest(("bench.config.factory", "bench.training.learner", "bench.training.trainer", "bench.task", *named))
