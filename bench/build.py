"""Builds the object that a configuration node names by `_target_`.

A node may name what belongs in its place or what a plugin brings (`bench.plugins`), and nothing else: a configuration is data,
and must not be able to run whatever is installed, nor whatever the suite has for other purposes. Arguments are checked
against the signature, by name and by plain type, before the call; an argument that is `Settings` takes its fields from the
same node, one that is `Nested` from the node at its key. This is not Hydra's `instantiate`: that one calls anything
that can be imported.
"""

import importlib
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from bench import moved, plugins
from bench.errors import ConfigError, did_you_mean
from bench.settings import Nested, Settings

PLACES = {
    "task": ("bench.tasks.",),
    "evaluation": ("bench.tasks.",),
    "data": ("bench.data.",),
    "cell": ("bench.cells.",),
    "net": ("bench.nets.", "bench.baselines."),
    "decode": ("bench.decoding.",),
    "cluster": ("bench.clusters.",),
}
"""Where the suite's own target of a node lives, by the last part of the node's key (`net.decoder.cell` is a cell)."""
PLAIN = {bool: "true or false", int: "a whole number", float: "a number", str: "text", type(None): "null"}


def locate(target: object, *, key: str) -> Callable[..., Any]:
    """The class or function that `target` names. Raises ConfigError for anything that does not belong at `key`."""
    allowed = (*PLACES[key.rpartition(".")[2]], *(f"{name}." for name in plugins.trusted()))
    if not isinstance(target, str) or "." not in target or "__" in target:
        raise ConfigError(
            f"{key}._target_={target!r} is not allowed: give the dotted name of a class, such as {allowed[0]}NAME."
        )
    if not target.startswith(allowed):
        raise ConfigError(
            f"{key}._target_={target!r} is not allowed: it must name something under {' or '.join(allowed)}; to use a package "
            f"of your own, add plugins=[{target.partition('.')[0]}] to the command, or that line to the yaml."
        )
    module, _, name = moved.today(target).rpartition(".")
    try:
        made = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{key}._target_={target!r} cannot be imported ({error}); correct the name in the yaml.") from error
    if not callable(made) or not f"{getattr(made, '__module__', '')}.".startswith(allowed):
        raise ConfigError(f"{key}._target_={target!r} is no class or function of {' or '.join(allowed)}: correct the name.")
    return typing.cast(Callable[..., Any], made)


def class_of(target: object, *, key: str) -> Any:
    """What the target makes: the class that it is, or what the function says that it returns; None where it does not say."""
    make = locate(target, key=key)
    return make if inspect.isclass(make) else typing.get_type_hints(make).get("return")


class Argument(NamedTuple):
    annotation: Any
    default: Any


@cache
def arguments_of(make: Any) -> dict[str, Argument]:
    """What `make` can be called with, by key: in place of an argument that is `Settings`, the fields of it."""
    arguments: dict[str, Argument] = {}
    for name, annotation, default in _signature(make):
        arguments |= arguments_of(annotation) if _is_group(annotation) else {name: Argument(annotation, default)}
    return arguments


@cache
def _signature(make: Callable[..., Any]) -> tuple[tuple[str, Any, Any], ...]:
    """(name, annotation, default) of each parameter."""
    is_dataclass = inspect.isclass(make) and issubclass(make, Settings | Nested)
    hints = typing.get_type_hints(make.__init__ if inspect.isclass(make) and not is_dataclass else make)
    parameters = inspect.signature(make).parameters
    return tuple((name, hints.get(name, Any), parameter.default) for name, parameter in parameters.items())


def _is_group(annotation: Any) -> bool:
    return inspect.isclass(annotation) and issubclass(annotation, Settings)


def _parts(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation itself."""
    is_union = isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union
    return typing.get_args(annotation) if is_union else (annotation,)


def _nested(annotation: Any) -> Any:
    """The dataclass of the keys below a key, None where its annotation has none."""
    kinds = (part for part in _parts(annotation) if inspect.isclass(part) and issubclass(part, Nested))
    return next(kinds, None)


def settings_of(node: Mapping[str, Any], *, key: str) -> dict[str, Any]:
    """The plain arguments that `build` would call with: those of the node, and the defaults of what it leaves out."""
    arguments = arguments_of(locate(node.get("_target_"), key=key))
    defaults = {name: one.default for name, one in arguments.items() if one.default is not inspect.Parameter.empty}
    return defaults | {name: value for name, value in node.items() if name not in ("_target_", "name")}


def in_words(annotation: Any) -> str:
    """What fits an annotation, for people: `a whole number or null`."""
    if len(parts := _parts(annotation)) > 1:
        return " or ".join(map(in_words, parts))
    kind = typing.get_origin(annotation)
    if kind in (list, Sequence):
        return "a list, such as [A,B]"
    if kind in (dict, Mapping):
        return "keys and values, such as {KEY:VALUE}"
    return PLAIN.get(annotation, f"a value of type {annotation}")


def _shown(value: object) -> str:
    """As it is typed."""
    return {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else repr(value)


def fits(value: object, annotation: Any) -> bool:
    """Whether a plain config value fits an annotation made of bool, int, float, str, None, unions; others are let through."""
    if annotation in (None, type(None)):
        return value is None
    if len(parts := _parts(annotation)) > 1:
        return any(fits(value, part) for part in parts)
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if annotation in PLAIN:
        return isinstance(value, annotation)
    if _nested(annotation) is not None:
        return isinstance(value, Mapping | annotation)
    kind = typing.get_origin(annotation)
    if kind in (list, Sequence):
        return isinstance(value, list | tuple)
    return isinstance(value, Mapping) if kind in (dict, Mapping) else True


def check_value(key: str, value: object, annotation: Any) -> None:
    """Raises ConfigError, one sentence, for a value that does not fit, and for a key below it that is unknown, missing, or does
    not fit."""
    kind = _nested(annotation)
    if kind is not None and isinstance(value, Mapping):
        arguments = arguments_of(kind)
        for name, inner in value.items():
            if name not in arguments:
                raise ConfigError(
                    f"{key}.{name} is unknown{did_you_mean(str(name), arguments)}: {key} takes {', '.join(arguments)}."
                )
            check_value(f"{key}.{name}", inner, arguments[name].annotation)
        needed = [name for name, argument in arguments.items() if argument.default is inspect.Parameter.empty]
        if missing := [name for name in needed if name not in value]:
            raise ConfigError(f"{key}.{missing[0]} is missing: {key} needs {', '.join(needed)}; leave its keys as they are.")
        return
    if not fits(value, annotation):
        takes_list = any(typing.get_origin(part) in (list, Sequence) for part in _parts(annotation))
        if isinstance(value, str) and takes_list:
            raise ConfigError(f"{key}={_shown(value)} is refused: give a list, '{key}=[{value}]'.")
        wanted = in_words(annotation) if kind is None else f"its keys, such as {key}.{next(iter(arguments_of(kind)))}=VALUE"
        raise ConfigError(f"{key}={_shown(value)} is refused: give {wanted}.")
    if isinstance(value, Mapping):
        kinds = [typing.get_args(part)[1:] for part in _parts(annotation) if typing.get_origin(part) in (dict, Mapping)]
        for name, inner in value.items() if kinds and kinds[0] else ():
            check_value(f"{key}.{name}", inner, kinds[0][0])


def build(node: Mapping[str, Any], *, key: str, given: Mapping[str, Any] | None = None) -> Any:
    """Calls what `node["_target_"]` names with the node's other keys (less `name`, which is for people) and `given`.

    `key` is the node's place in the configuration, for error texts. Raises ConfigError for a target that is not allowed, an
    unknown or missing argument, and a value of the wrong plain type; the target's own ValueError passes through.
    """
    make, given = locate(node.get("_target_"), key=key), given or {}
    settings = {name: value for name, value in node.items() if name not in ("_target_", "name")}
    arguments = arguments_of(make)
    for name, value in settings.items():
        if name not in arguments:
            allowed = [known for known in arguments if known not in given]
            near = did_you_mean(name, allowed)
            raise ConfigError(f"{key}.{name} is unknown{near}: {key} takes {', '.join(allowed) or 'no settings'}.")
        check_value(f"{key}.{name}", value, arguments[name].annotation)
    values = {**settings, **given}
    if refused := [name for name in given if name not in arguments]:
        raise ConfigError(f"{key}: {node['_target_']} takes no {', '.join(refused)}, with which it is called; add it there.")
    needed = [name for name, argument in arguments.items() if argument.default is inspect.Parameter.empty]
    if missing := [name for name in needed if name not in values]:
        raise ConfigError(f"{key} is incomplete: {', '.join(missing)} is missing; add the key to its yaml.")
    return call(make, values)


def call(make: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Calls `make` with the values, which fill its `Settings` too, and mappings of them what is `Nested`:
    `call(Net, {"size": 3, "input_dropout": 0.5, "characters": {...}, ...})`."""
    return make(
        **{
            name: call(annotation, values) if _is_group(annotation) else _filled(annotation, values[name])
            for name, annotation, _ in _signature(make)
            if _is_group(annotation) or name in values
        }
    )


def _filled(annotation: Any, value: Any) -> Any:
    kind = _nested(annotation)
    return call(kind, value) if kind is not None and isinstance(value, Mapping) else value
