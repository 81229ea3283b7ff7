"""Keys: what was composed is compared with what the schema reads, so that no key is dropped without a word.

Hydra refuses an unknown key, but takes one that is added with `+`; what nothing reads would then change nothing. The nodes of
classes are compared with the signatures of these classes when they are built (`bench.build`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_origin, get_type_hints

from omegaconf import DictConfig, OmegaConf

from bench.build import fits, in_words
from bench.config.schema import RunConfig
from bench.errors import ConfigError, did_you_mean

ROOTS = tuple(field.name for field in fields(RunConfig))
GROUPS = {"task": "task", "data": "data", "cell": "cell", "net": "model", "evaluation": "task", "decode": "decode"}
"""Which group of conf/ fills a node."""


def check_keys(composed: DictConfig) -> None:
    """Raises ConfigError, one sentence, for a key that the schema does not have, and for one of its keys that was deleted."""
    for key, node in ((str(key), node) for key, node in composed.items_ex(resolve=False)):
        _check_known(key, ROOTS, composed)
        kind = annotation(key)
        if is_dataclass(kind) and isinstance(node, DictConfig):
            for name in map(str, node):
                _check_known(f"{key}.{name}", [field.name for field in fields(kind)], composed)
    if gone := next(_gone(composed), None):
        if group := GROUPS.get(gone):
            raise ConfigError(f"{gone} is missing: every run has one; leave out ~{group}, or give {group}=NAME.")
        raise ConfigError(f"{gone} is missing: leave out ~{gone}, or {advice_for(gone)}.")


def check_chosen(composed: DictConfig, choices: Mapping[str, Any]) -> None:
    """Raises ConfigError for a group whose choice is a list in a yaml: Hydra takes the last one, and names no choice."""
    for node, group in {**GROUPS, "track": "track", "launcher": "launcher"}.items():
        if group not in choices and node in composed and not OmegaConf.is_missing(composed, node):
            raise ConfigError(
                f"{group} is chosen by a list in a yaml, 'override /{group}: [...]', of which one alone would be taken: give "
                f"one name there; several are for {group}=A,B with -m, or for sweep.rows."
            )


def _gone(composed: DictConfig) -> Iterator[str]:
    """Keys of the schema that have no value, without following references: one may be to a key that is gone."""
    for field in fields(RunConfig):
        if field.name not in composed or OmegaConf.is_missing(composed, field.name):
            yield field.name
        elif is_dataclass(kind := annotation(field.name)):
            node: Any = composed._get_node(field.name)
            names = [inner.name for inner in fields(kind)]
            missing = [name for name in names if name not in node or OmegaConf.is_missing(node, name)]
            yield from [field.name] if missing == names else [f"{field.name}.{name}" for name in missing]


@cache
def annotation(key: str) -> Any:
    """What the schema says of a dotted key; None where it says nothing."""
    kind: Any = RunConfig
    for part in re.sub(r"\[\d+\]", "", key).split("."):
        kind = get_type_hints(kind).get(part) if is_dataclass(kind) else None
    return kind


def check_kinds(config: RunConfig) -> None:
    """Raises ConfigError for a list or mapping that a reference makes something else of: OmegaConf looks at plain values."""
    for key in ROOTS:
        for name in keys_of(key):
            value = getattr(getattr(config, key), name)
            if not fits(value, annotation(f"{key}.{name}")):
                raise ConfigError(f"{key}.{name}={value} is refused: {advice_for(f'{key}.{name}')}.")
        if not keys_of(key) and not fits(getattr(config, key), annotation(key)):
            raise ConfigError(f"{key}={getattr(config, key)} is refused: {advice_for(key)}.")


def list_above(key: str) -> str | None:
    """The key of the schema that is a list and has this key below it."""
    parts = key.split(".")
    above = (".".join(parts[:count]) for count in range(1, len(parts)))
    return next((name for name in above if get_origin(annotation(name)) is list), None)


def keys_of(key: str) -> list[str]:
    """The keys that the schema has below a key, or at the top."""
    kind = annotation(key) if key else RunConfig
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []


EVERY_KEY = {root: dict.fromkeys(keys_of(root)) for root in ROOTS}


def advice_for(key: str) -> str:
    """What to give for a key of the schema: `give a whole number or null`."""
    kind = annotation(key)
    if is_dataclass(kind):
        return f"give its keys, such as {key}.{fields(kind)[0].name}=VALUE"
    if kind == list[float]:
        return f"give a list of numbers, such as '{key}=[0.9,0.999]'"
    if kind == list[str]:
        return f"give a list, such as '{key}=[NAME]'"
    if kind == list[dict[str, Any]]:
        return f"give a list of entries {{key: value}}, as conf/sweep/template.yaml has them for {key}"
    if kind in (dict[str, Any], dict[str, Any] | None):
        return f"give {key} as keys and values, '{key}={{KEY:VALUE}}'" + ("" if kind == dict[str, Any] else ", or null")
    return f"give {in_words(kind)}"


def unknown(key: str, allowed: Sequence[str], root: Mapping[Any, Any]) -> ConfigError:
    """The refusal of a key that nothing reads; what is nearly so called, there or elsewhere, is named."""
    first, _, _ = key.partition(".")
    if first in ("report", "grids"):
        return ConfigError(f"{first} is now in sweep: rows, seeds, tune, claims, literature; see conf/sweep/template.yaml.")
    parent, _, last = key.rpartition(".")
    elsewhere = {name: other for name, other in _by_last_part(root).items() if other != key}
    meant = did_you_mean(last, allowed) or did_you_mean(last, elsewhere, cutoff=0.75, shown=elsewhere)
    return ConfigError(f"{key} is unknown{meant}: {parent or 'the configuration'} takes {', '.join(allowed) or 'no keys'}.")


def _check_known(key: str, allowed: Sequence[str], root: DictConfig) -> None:
    if key.rpartition(".")[2] not in allowed and key != "hydra":
        raise unknown(key, allowed, root)


def _by_last_part(root: Mapping[Any, Any]) -> dict[str, str]:
    """The dotted keys below a node by their last part, the first of those that share one."""
    return {key.rpartition(".")[2]: key for key in reversed(list(_dotted(root))) if "." in key or key in ROOTS}


def _dotted(node: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    plain = OmegaConf.to_container(node, resolve=False) if isinstance(node, DictConfig) else node
    assert isinstance(plain, Mapping)
    for name, value in plain.items():
        key = str(name)
        if key != "hydra":
            yield f"{prefix}{key}"
        if isinstance(value, Mapping) and key not in ("hydra", "places"):
            yield from _dotted(value, f"{prefix}{key}.")
