"""What a task goes with: data of the type of its argument `data`, and nets for its topology. Nothing is loaded to know."""

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import yaml

from bench import config as settings
from bench.build import class_of, locate
from bench.config import RunConfig
from bench.errors import ConfigError
from bench.nets.topology import Topology


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
