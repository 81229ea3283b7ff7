"""What does not go together although each part is right by itself: tasks with data and nets, nets with decoding and cells.

Nothing is loaded to know.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast, get_type_hints

import yaml

from bench.build import class_of, locate, settings_of
from bench.cells.cell import Cell
from bench.cells.state import Kind
from bench.config import schema as settings
from bench.config.schema import RunConfig
from bench.decoding.kinds import Decoded
from bench.errors import ConfigError
from bench.nets.parts.block_settings import WITHOUT
from bench.nets.topology import Topology

NO_CELL = "none"
"""The cell's name in models without one; its other settings are those of the default cell."""


def check_combinations(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for the first two values that make no sense together."""
    cell = _cell_class(config.cell)
    if config.cell["name"] == NO_CELL:
        if config.cell["_target_"] != _default_cell():
            raise ConfigError(
                f"cell={config.cell['_target_'].split('.')[-2]} is not allowed with model={config.net['name']}, which has no "
                "cell: leave it out."
            )
    elif config.stack.direction == "bidirectional" and not cell.has_memory and (cell.looks_back or config.stack.convolution):
        joined = "" if cell.looks_back else f" and stack.convolution={config.stack.convolution}"
        raise ConfigError(
            f"stack.direction=bidirectional is not allowed with cell={config.cell['name']}{joined}, which sees only the last "
            "inputs: give stack.direction=forward, or another cell."
        )
    net = class_of(config.net["_target_"], key="net")
    if getattr(net, "own_layers", False):
        _check_unused(config)
    if config.stack.parameters is None:
        _check_multiple(config.stack.hidden_size, "stack", _sizing(config))
    if getattr(net, "has_context", False):
        _check_context(config)
    _check_vectors(config)
    _check_strategy(config)


def size_step(config: RunConfig) -> int:
    """The number of which `stack.hidden_size` is a multiple: by the cell, or by a net with layers of its own."""
    return _sizing(config).step


class _Sizing(NamedTuple):
    """What sizes are multiples of: `setting` of `owner` has the value `step`."""

    owner: str
    setting: str | None
    step: int


def _sizing(config: RunConfig) -> _Sizing:
    net = class_of(config.net["_target_"], key="net")
    if getattr(net, "own_layers", False):
        return _of(net, config.net, "net", f"model={config.net['name']}")
    return _of_cell(config.cell)


def _of_cell(cell: Mapping[str, Any]) -> _Sizing:
    return _of(_cell_class(cell), cell, "cell", f"cell={cell['name']}")


def _of(cls: Any, node: Mapping[str, Any], key: str, owner: str) -> _Sizing:
    setting = cls.multiple_of
    return _Sizing(owner, setting, 1 if setting is None else int(settings_of(node, key=key)[setting]))


def _check_multiple(size: int, key: str, sizing: _Sizing) -> None:
    step = sizing.step
    if step < 1 or size % step:
        raise ConfigError(
            f"{key}.hidden_size={size} is not allowed with {sizing.owner} and its {sizing.setting}={step}: "
            f"give a multiple of that, such as {max(size // step, 1) * step if step > 0 else size}."
        )


def _check_unused(config: RunConfig) -> None:
    """Whether settings of the stack are given that a net with layers of its own does not read."""
    unused = {"direction": "forward", "dropout_mask": "step", **WITHOUT}
    for key, without in unused.items():
        value = getattr(config.stack, key)
        if value != without:
            raise ConfigError(
                f"stack.{key}={value} is not allowed with model={config.net['name']}, which has layers of its own: give "
                f"stack.{key}={without}."
            )


def _cell_class(cell: Mapping[str, Any]) -> type[Cell]:
    cls = class_of(cell["_target_"], key="cell")
    return cast("type[Cell]", cls) if inspect.isclass(cls) else Cell


def _default_cell() -> str:
    """What the node of a cell names where no cell is chosen."""
    root = yaml.safe_load((settings.folder() / "config.yaml").read_text(encoding="utf-8"))
    (name,) = (choice["cell"] for choice in root["defaults"] if isinstance(choice, dict) and "cell" in choice)
    target: str = dict(_listed("cell"))[name]["_target_"]
    return target


def _check_context(config: RunConfig) -> None:
    """Whether the decoder can receive its source in the way that `net.context` says."""
    net = config.net
    context, attention = net["context"], net.get("attention", "none")
    if attention != "none" and context != "initial_state":
        raise ConfigError(
            f"net.context={context} is not allowed with net.attention={attention}, which reads the source at every step: give "
            "net.context=initial_state, or net.attention=none."
        )
    decoder = config.cell
    if "decoder" in net:
        decoder = net["decoder"]["cell"]
        _check_multiple(net["decoder"]["hidden_size"], "net.decoder", _of_cell(decoder))
    cell = _cell_class(decoder)
    starts = cell.looks_back and any(leaf.kind is not Kind.FIXED for leaf in cell.state_leaves)
    if attention == "none" and context == "initial_state" and not starts:
        reason = "has a fixed initial state" if cell.looks_back else "ignores its initial state"
        raise ConfigError(
            f"net.context=initial_state is not allowed with cell={decoder['name']}, which {reason}: give "
            "net.context=every_step, or another cell."
        )


def _check_vectors(config: RunConfig) -> None:
    """Whether the net starts from the word vectors that add words to the vocabulary: nothing trains those words."""
    text = config.data.get("text")
    added = text.get("vectors") if isinstance(text, Mapping) else None
    if added is not None and added != config.net.get("vectors"):
        raise ConfigError(
            f"data.text.vectors={added} is refused with net.vectors={config.net.get('vectors')}: words that it adds would have "
            "random numbers for ever; give the same to both, or leave data.text.vectors out."
        )


def _check_strategy(config: RunConfig) -> None:
    """Whether the net can be decoded with this strategy."""
    name, n_best = config.decode["name"], config.decode.get("n_best", 1)
    net = class_of(config.net["_target_"], key="net")
    in_order = getattr(class_of(config.decode["_target_"], key="decode"), "decodes", Decoded.TEXT) is Decoded.TAGS_IN_ORDER
    if not getattr(net, "reads_its_tags", False):
        if in_order:
            models = [model for model, cls in _models() if getattr(cls, "reads_its_tags", False)]
            raise ConfigError(
                f"decode={name} is for model={' or '.join(models)}, which reads its own previous tags: give "
                "decode=viterbi for other taggers, decode=beam for generated text."
            )
    elif in_order and config.stack.direction == "bidirectional":
        raise ConfigError(
            f"decode={name} is not allowed with stack.direction=bidirectional, which reads the whole sentence before its first "
            "tag: give decode=viterbi, or stack.direction=forward."
        )
    elif not in_order and n_best != 1:
        raise ConfigError(
            f"decode.n_best={n_best} is not allowed with decode={name} and model={config.net['name']}, which then decodes "
            "greedily once: give decode=beam_tags."
        )


def check_readable(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a data set of another kind than the task reads."""
    task = locate(config.task["_target_"], key="task")
    data_class = get_type_hints(task.__init__ if inspect.isclass(task) else task).get("data")
    if _fits(config.data["_target_"], data_class):
        return
    names = [node["name"] for _, node in _listed("data") if _fits(node["_target_"], data_class)]
    raise ConfigError(
        f"data={config.data['name']} cannot be used with task={config.task['name']}: give "
        f"{'one of ' if len(names) > 1 else ''}{', '.join(names)}."
    )


def check_topology(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a net that is not for the topology of the task."""
    topology: Topology = _declared(config.task["_target_"], key="task", name="topology")
    if topology in _declared(config.net["_target_"], key="net", name="topologies"):
        return
    names = [name for name, net in _models() if topology in getattr(net, "topologies", ())]
    raise ConfigError(
        f"model={config.net['name']} is not allowed with task={config.task['name']}, which is {topology}: give model="
        f"{' or '.join(names)}."
    )


def _declared(target: str, *, key: str, name: str) -> Any:
    declared = getattr(class_of(target, key=key), name, None)
    if not declared:
        raise ConfigError(
            f"{key}._target_={target} does not declare its {name}: set {name} in the class, from those in bench.nets.topology."
        )
    return declared


def _models() -> Iterator[tuple[str, Any]]:
    """The class of each model's net, by the model's name."""
    for name, node in _listed("model"):
        if "_target_" in node["net"]:
            yield name, class_of(node["net"]["_target_"], key="net")


def _listed(group: str) -> Iterator[tuple[str, Any]]:
    """The files of a group in conf/, by name."""
    for file in sorted((settings.folder() / group).glob("*.yaml")):
        yield file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))


def _fits(target: object, data_class: Any) -> bool:
    """Whether the target makes what is wanted; where either does not say what it is, it may."""
    cls = class_of(target, key="data")
    return not (inspect.isclass(data_class) and inspect.isclass(cls)) or issubclass(cls, data_class)
