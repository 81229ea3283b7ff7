"""What does not go together although each part is right by itself: tasks with data and nets, nets with decoding and cells.

Nothing is loaded to know.
"""

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import yaml

from bench.build import class_of, locate
from bench.config import schema as settings
from bench.config.schema import RunConfig
from bench.errors import ConfigError
from bench.nets.topology import Topology

NO_CELL = "none"
"""The cell's name in models that count; what else stands there is the default cell's."""
DEFAULT_CELL = "bench.cells.lstm.LSTM"
LOOKS_BACK = "bench.cells.window.Window"
NO_MEMORY = "bench.cells.feedforward.Feedforward"
READS_TAGS = "bench.nets.output_recurrent.OutputRecurrent"
FROM_VECTOR = "bench.nets.one_to_many.OneToMany"
ENCODER_DECODER = "bench.nets.encoder_decoder.EncoderDecoder"
BEAM_TAGS = "bench.decoding.beam_tags.BeamTags"


def check_combinations(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for the first two values that make no sense together."""
    cell, net = config.cell.get("_target_"), config.net.get("_target_")
    if config.cell["name"] == NO_CELL and cell != DEFAULT_CELL:
        raise ConfigError(
            f"cell={str(cell).split('.')[-2]} is not allowed with model={config.net['name']}, which counts and has no cell: "
            "leave it out."
        )
    if cell == LOOKS_BACK and config.stack.direction == "bidirectional":
        raise ConfigError(
            f"stack.direction=bidirectional is not allowed with cell={config.cell['name']}, which sees the last inputs only: "
            "give stack.direction=forward, or another cell."
        )
    if _writes_unseeing(config):
        raise ConfigError(
            "net.context=initial_state is not allowed with cell=feedforward, which never reads its first state: give "
            "net.context=every_step, or another cell."
        )
    if net == ENCODER_DECODER and config.net["attention"] != "none" and config.net["context"] != "initial_state":
        raise ConfigError(
            f"net.context={config.net['context']} is not allowed with net.attention={config.net['attention']}, which reads the "
            "source at every step: give net.context=initial_state, or net.attention=none."
        )
    if net == READS_TAGS:
        _check_reads_tags(config)
    elif config.decode.get("_target_") == BEAM_TAGS:
        raise ConfigError(
            f"decode={config.decode['name']} is for model=output_recurrent, which reads the tags that it has found: give "
            "decode=viterbi for other taggers, decode=beam for what is written."
        )


def _writes_unseeing(config: RunConfig) -> bool:
    """Whether what writes is told what it writes of by a first state alone, and has no state."""
    net = config.net
    if net.get("context") != "initial_state":
        return False
    if net.get("_target_") == ENCODER_DECODER:
        return bool(net["attention"] == "none" and net["decoder"]["cell"].get("_target_") == NO_MEMORY)
    return net.get("_target_") == FROM_VECTOR and config.cell.get("_target_") == NO_MEMORY


def _check_reads_tags(config: RunConfig) -> None:
    if config.decode.get("_target_") == BEAM_TAGS and config.stack.direction == "bidirectional":
        raise ConfigError(
            f"decode={config.decode['name']} is not allowed with stack.direction=bidirectional, which reads the whole sentence "
            "before its first tag: give decode=viterbi, or stack.direction=forward."
        )
    if config.decode.get("_target_") != BEAM_TAGS and config.decode.get("n_best", 1) != 1:
        raise ConfigError(
            f"decode.n_best={config.decode['n_best']} is not allowed with decode={config.decode['name']} and "
            "model=output_recurrent, which then takes one greedy run: give decode=beam_tags."
        )


def check_readable(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a data set of another kind than the task reads."""
    task = locate(config.task["_target_"], key="task")
    wanted = get_type_hints(task.__init__ if inspect.isclass(task) else task).get("data")
    if _fits(config.data["_target_"], wanted):
        return
    names = [node["name"] for _, node in _listed("data") if _fits(node["_target_"], wanted)]
    raise ConfigError(
        f"data={config.data['name']} is nothing that task={config.task['name']} can read: give "
        f"{'one of ' if len(names) > 1 else ''}{', '.join(names)}."
    )


def check_topology(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a net that is not for the topology of the task."""
    wanted: Topology = _declared(config.task["_target_"], key="task", name="topology")
    if wanted in _declared(config.net["_target_"], key="net", name="topologies"):
        return
    nets = [(name, node["net"]["_target_"]) for name, node in _listed("model") if "_target_" in node["net"]]
    names = [name for name, target in nets if wanted in getattr(class_of(target, key="net"), "topologies", ())]
    raise ConfigError(
        f"model={config.net['name']} is not allowed with task={config.task['name']}, which is {wanted}: give model="
        f"{' or '.join(names)}."
    )


def _declared(target: str, *, key: str, name: str) -> Any:
    found = getattr(class_of(target, key=key), name, None)
    if not found:
        raise ConfigError(
            f"{key}._target_={target} does not say its {name}: give the class {name}, of those in bench.nets.topology."
        )
    return found


def _listed(group: str) -> Iterator[tuple[str, Any]]:
    """The files of a group in conf/, by name."""
    for file in sorted((settings.folder() / group).glob("*.yaml")):
        yield file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))


def _fits(target: object, wanted: Any) -> bool:
    """Whether the target makes what is wanted; where either does not say what it is, it may."""
    made = class_of(target, key="data")
    return not (inspect.isclass(wanted) and inspect.isclass(made)) or issubclass(made, wanted)
