"""Keys below the keys of a class's node (`net.decoder.depth`, `data.text.level`): which there are, and of what type.

A signature says no more of them than that they are a mapping, so a node is compared with the yaml of its name in conf/. A yaml
of the user's own is not.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from bench.config.keys import GROUPS
from bench.config.schema import RunConfig, folder
from bench.errors import ConfigError, did_you_mean

OWN = ("places", "split")
"""Mappings whose keys their readers check: not every data set has the same."""


def check_nested(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a nested key that the yaml does not have, lacks, or has of another type."""
    for node in ("task", "data", "net"):
        given = getattr(config, node)
        for key, like in _as_in_conf(node, given.get("name"), given.get("_target_")).items():
            if not isinstance(like, Mapping) or (key == "split" and given.get(key) is None):
                continue
            if not isinstance(given.get(key), Mapping):
                shown = "null" if given.get(key) is None else given[key]
                raise ConfigError(
                    f"{node}.{key}={shown} is refused: give its keys, such as {node}.{key}.{next(iter(like))}=VALUE."
                )
            _compare(f"{node}.{key}", like, given[key], config)
    _check_files(config)


def _check_files(config: RunConfig) -> None:
    """Raises ConfigError for files that are named and would not be read."""
    data = config.data
    in_conf = _as_in_conf("data", data.get("name"), data.get("_target_")).get("places")
    own = (in_conf or {}).get("files") or {}
    places = data.get("places") or {}
    files, kind = places.get("files"), places.get("kind")
    if files is not None and not isinstance(files, Mapping):
        raise ConfigError(f"data.places.files={files} is refused: give a file a split, such as data.places.files.test=FILE.")
    changed = {split: file for split, file in (files or {}).items() if file != own.get(split)}
    if in_conf is not None and changed and (kind in ("offline", "hub") or (kind == "auto" and not config.paths.data)):
        split, file = next(iter(changed.items()))
        raise ConfigError(
            f"data.places.files.{split}={file} would not be read, since data={data['name']} is read from elsewhere "
            f"(data.places.kind={kind}): give data.places.kind=files too, with the file of every split."
        )


def _compare(key: str, like: Mapping[str, Any], given: Mapping[str, Any], config: RunConfig) -> None:
    if key.rpartition(".")[2] not in OWN:
        for name in given:
            if name not in like:
                raise ConfigError(f"{key}.{name} is unknown{did_you_mean(name, like)}: {key} takes {', '.join(like)}.")
        if missing := [name for name in like if name not in given]:
            raise ConfigError(f"{key}.{missing[0]} is missing: {key} needs {', '.join(like)}; leave its keys as they are.")
    for name, value in given.items():
        model = _followed(like.get(name), config)
        if isinstance(model, Mapping) and isinstance(value, Mapping):
            if "_target_" not in model:
                _compare(f"{key}.{name}", model, value, config)
        elif (wanted := _type_of(model)) and not _alike(value, model):
            shown = "null" if value is None else value
            raise ConfigError(f"{key}.{name}={shown} is refused: give {wanted}.")


def _followed(model: Any, config: RunConfig) -> Any:
    """What `${cell}` and `${stack.depth}` are in this configuration."""
    if not (isinstance(model, str) and model.startswith("${") and model.endswith("}")):
        return model
    value: Any = config
    for part in model[2:-1].split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return value


def _type_of(model: Any) -> str | None:
    """In words; None where the yaml has null, which says nothing."""
    if isinstance(model, Mapping):
        return "its keys and values"
    if isinstance(model, bool):
        return "true or false"
    if isinstance(model, int | float):
        return "a number"
    if isinstance(model, str):
        return "text"
    return "a list" if isinstance(model, list) else None


def _alike(value: Any, model: Any) -> bool:
    if isinstance(model, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(model, bool)
    if isinstance(model, int | float):
        return isinstance(value, int | float)
    return isinstance(value, Mapping if isinstance(model, Mapping) else type(model))


def _as_in_conf(node: str, name: object, target: object) -> Mapping[str, Any]:
    """The node as the file of its name has it; nothing where there is no such file, or it makes another class."""
    return _read(node, name, target) if isinstance(name, str) and isinstance(target, str) else {}


@lru_cache(maxsize=64)
def _read(node: str, name: str, target: str) -> Mapping[str, Any]:
    file = folder() / GROUPS[node] / f"{name}.yaml"
    if not name or not file.is_file():
        return {}
    content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    found: Mapping[str, Any] = content if node == "data" else content.get(node, {})
    return found if found.get("_target_") == target else {}
