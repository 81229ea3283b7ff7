"""Whether a task can read a data set: the type of its argument `data`, against what the data set's target makes."""

import inspect
from typing import Any, get_type_hints

import yaml

from bench import config as settings
from bench.build import ConfigError, locate
from bench.config import RunConfig


def check_readable(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a data set of another kind than the task reads. Nothing is loaded for that."""
    task = locate(config.task["_target_"], key="task")
    wanted = get_type_hints(task.__init__ if inspect.isclass(task) else task).get("data")
    if _fits(config.data["_target_"], wanted):
        return
    listed = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((settings.folder() / "data").glob("*.yaml")))
    names = [node["name"] for node in listed if _fits(node["_target_"], wanted)]
    raise ConfigError(
        f"data={config.data['name']} is nothing that task={config.task['name']} can read: give "
        f"{'one of ' if len(names) > 1 else ''}{', '.join(names)}."
    )


def _fits(target: object, wanted: Any) -> bool:
    """Whether the target makes what is wanted; where either does not say what it is, it may."""
    make = locate(target, key="data")
    made = make if inspect.isclass(make) else get_type_hints(make).get("return")
    return not (inspect.isclass(wanted) and inspect.isclass(made)) or issubclass(made, wanted)
