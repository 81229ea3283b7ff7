"""Composes the configurations of many jobs: what Hydra does for one, without reading the same files for each.

Jobs mostly differ in plain values (a seed, a rate, a depth). Those that choose the same groups are composed once; the plain
values are then set in a copy, typed and checked by the schema as Hydra sets them. Anything else an override may say
(adding, deleting, choosing a group) is left to Hydra, and so is the wording of an error. `run` types and checks each word of a
choice of groups once, and puts jobs together from what came of it; a word whose key others refer to is composed with the
groups. What goes together is checked for every job.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import is_dataclass, replace
from functools import cache, lru_cache
from itertools import combinations
from typing import Any, cast

from hydra import compose
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from bench.config.checks import check
from bench.config.keys import annotation, check_chosen, check_keys, check_kinds
from bench.config.nested import check_nested
from bench.config.places import check_places
from bench.config.schema import TWICE, RunConfig
from bench.config.typed import check_word
from bench.errors import ConfigError

BARE = re.compile(r"[A-Za-z_./][\w./-]*")
WORDS = ("null", "true", "false", "nan", "inf", "yes", "no", "on", "off")
"""What a word without quotes may look like, and what it then says other than text."""
UNKNOWN = object()
ABSOLUTE = re.compile(r"[A-Za-z_][\w.]*")
ENVIRONMENT = re.compile(r"\$\{oc\.env:[^{}]*\}")
TAB = ("tab", "\\t")


class Composer:
    """Remembers what it composed; use one while Hydra's configuration is open.

    `classes`: whether what a node says is compared with its class, which imports it and so torch; for what ran once, it was.
    """

    def __init__(self, *, classes: bool = True) -> None:
        self.classes = classes
        self.parsed: dict[str, Override] = {}  # most words are those of many jobs
        self.composed: dict[tuple[str, ...], DictConfig] = {}
        self.bases: dict[tuple[str, ...], _Base] = {}

    def __call__(self, overrides: Sequence[str]) -> DictConfig:
        """The configuration of one job, as `hydra.compose` gives it."""
        parsed = [self._parse(word) for word in overrides]
        if _disagree(parsed):
            return _by_hydra(overrides)  # the later word wins, and the values here come last
        values = [override for override in parsed if _is_value(override)]
        groups = tuple(word for word, override in zip(overrides, parsed, strict=True) if override not in values)
        if groups not in self.composed:
            composed = compose(config_name="config", overrides=list(groups), return_hydra_config=True)
            check_chosen(composed, composed.hydra.runtime.choices)
            with open_dict(composed):
                del composed["hydra"]
            self.composed[groups] = composed
        config = deepcopy(self.composed[groups])
        try:
            for override in values:
                OmegaConf.update(config, override.key_or_group, override.value(), merge=True)
        except OmegaConfBaseException:
            return _by_hydra(overrides)
        return config

    def run(self, overrides: Sequence[str]) -> RunConfig:
        """The checked configuration of one job: `to_run` of what the call gives. Jobs share what they have in common: change
        nothing in place. Raises ConfigError."""
        parsed = [self._parse(word) for word in overrides]
        values = {word: override for word, override in zip(overrides, parsed, strict=True) if _is_value(override)}
        groups = tuple(word for word in overrides if word not in values)
        if _disagree(parsed):
            return to_run(self(overrides), classes=self.classes)
        base = self._base(groups)
        referred = tuple(word for word, override in values.items() if base.refers_to(override.key_or_group))
        if referred and not _overlapping(values.values()):  # what other keys follow is composed with the groups
            base = self._base((*groups, *referred))
        assembled = base.with_values({word: override for word, override in values.items() if word not in base.words})
        if assembled is None:
            return to_run(self(overrides), classes=self.classes)
        _check(assembled, classes=self.classes)
        return assembled

    def _base(self, words: tuple[str, ...]) -> "_Base":
        if words not in self.bases:
            self.bases[words] = _Base(self(words), words, classes=self.classes)
        return self.bases[words]

    def _parse(self, word: str) -> Override:
        if word not in self.parsed:
            self.parsed[word] = check_word(word)
        return self.parsed[word]


class _Base:
    """What jobs of the same groups have in common, and what each word makes of it. `words`: what it was composed of."""

    def __init__(self, composed: DictConfig, words: Sequence[str], *, classes: bool) -> None:
        self.composed, self.words = composed, frozenset(words)
        self.referred = _referred(OmegaConf.to_container(composed, resolve=False))
        self.leaves: dict[str, Any] = {}
        try:
            self.run: RunConfig | None = to_run(deepcopy(composed), classes=classes)
        except (ConfigError, OmegaConfBaseException):  # a word may put it right
            self.run = None

    def with_values(self, values: Mapping[str, Override]) -> RunConfig | None:
        """The configuration with these words; None where it must be composed as a whole."""
        config: Any = self.run
        for word, override in values.items():
            if word not in self.leaves:
                self.leaves[word] = self._leaf(override)
            if config is None or self.leaves[word] is UNKNOWN:
                return None
            config = _with(config, override.key_or_group.split("."), self.leaves[word])
        return cast("RunConfig | None", config)

    def refers_to(self, key: str) -> bool:
        """Whether an interpolation takes its value from this key, or may."""
        return self.referred is None or any(_overlap(key, other) for other in self.referred)

    def _leaf(self, override: Override) -> Any:
        """What a word alone makes of its key, typed; UNKNOWN where it may make something of another key, or is refused."""
        key, value = override.key_or_group, override.value()
        if self.refers_to(key):
            return UNKNOWN
        kind = annotation(key)
        if kind is not None:
            return UNKNOWN if is_dataclass(kind) else _typed(key, value)
        current = _at(self.run, key.split("."))
        free = current is not UNKNOWN and not isinstance(current, Mapping | list) and value not in TAB
        return value if free else UNKNOWN


@lru_cache(maxsize=4096, typed=True)  # 1, 1.0 and true are not one value
def _typed(key: str, value: Any) -> Any:
    """A plain value as the schema has it; UNKNOWN where it refuses it."""
    schema = _schema()
    try:
        OmegaConf.update(schema, key, value, merge=True)
        typed = OmegaConf.select(schema, key)
    except OmegaConfBaseException:
        return UNKNOWN
    return UNKNOWN if OmegaConf.is_config(typed) else typed


@cache
def _schema() -> Any:
    """One node of the schema, to set single values in and read them back."""
    return OmegaConf.structured(RunConfig)


def _referred(node: Any) -> set[str] | None:
    """The keys that interpolations refer to; None where one is of a kind that this does not read."""
    if isinstance(node, Mapping | list):
        parts = [_referred(inner) for inner in (node.values() if isinstance(node, Mapping) else node)]
        return None if None in parts else set().union(*(part for part in parts if part is not None))
    if not isinstance(node, str) or "$" not in node:
        return set()
    while (without := ENVIRONMENT.sub("", node)) != node:
        node = without
    references = re.findall(r"\$\{([^{}]*)\}", node)
    readable = len(references) == node.count("$") and all(ABSOLUTE.fullmatch(text) for text in references)
    return set(references) if readable else None


def _overlap(key: str, other: str) -> bool:
    return f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}.")


def _at(node: Any, path: Sequence[str]) -> Any:
    for part in path:
        node = node.get(part, UNKNOWN) if isinstance(node, dict) else getattr(node, part, UNKNOWN)
    return node


def _with(node: Any, path: Sequence[str], value: Any) -> Any:
    """A copy of dataclasses and mappings in which one leaf is another; the rest is shared."""
    if not path:
        return value
    inner = _with(_at(node, path[:1]), path[1:], value)
    return {**node, path[0]: inner} if isinstance(node, dict) else replace(node, **{path[0]: inner})


def single_valued(words: Sequence[str]) -> list[str]:
    """The overrides that say one value each, without lists of choices and ranges."""
    parsed = OverridesParser.create().parse_overrides(list(words))
    return [word for word, override in zip(words, parsed, strict=True) if not override.is_sweep_override()]


def _is_value(override: Override) -> bool:
    """Whether it sets a key inside a group, or the seed, to a plain value: no group is called so."""
    key = override.key_or_group
    if override.type.name != "CHANGE" or override.package is not None or not ("." in key or key == "seed"):
        return False
    return isinstance(override.value(), str | int | float | bool | type(None)) and "$" not in str(override.value())


def _disagree(parsed: Sequence[Override]) -> bool:
    """Whether a plain value and a word of another kind are about the same key."""
    values = [override for override in parsed if _is_value(override)]
    others = [override for override in parsed if override not in values]
    return any(_touch(plain.key_or_group, other.key_or_group) for plain in values for other in others)


def _overlapping(parsed: Iterable[Override]) -> bool:
    """Whether two words are about one key, or one about a key below the other's."""
    return any(_overlap(first.key_or_group, second.key_or_group) for first, second in combinations(parsed, 2))


def _touch(first: str, second: str) -> bool:
    """Whether two words set the same key, or one sets a key below the other's; a group is chosen before its keys are set."""
    return ("." in second and f"{first}.".startswith(f"{second}.")) or f"{second}.".startswith(f"{first}.")


def _by_hydra(overrides: Sequence[str]) -> DictConfig:
    composed: DictConfig = compose(config_name="config", overrides=list(overrides))
    return composed


def to_run(composed: DictConfig, *, classes: bool = True) -> RunConfig:
    """The composed configuration as plain checked objects, interpolations resolved; a job has no rows, and is
    a budget check or none. `classes` as of `Composer`. Raises ConfigError."""
    check_keys(composed)
    config = OmegaConf.to_object(composed)
    assert isinstance(config, RunConfig)
    check_kinds(config)
    config.sweep.rows, config.sweep.seeds = [], None
    config.data = _with_tabs(config.data)
    _check(config, classes=classes)
    config.sweep.budget_check = config.sweep.budget_check == TWICE
    return config


def _check(config: RunConfig, *, classes: bool) -> None:
    check(config)
    if classes:
        check_nested(config)
    check_places(config)


def _with_tabs(data: dict[str, Any]) -> dict[str, Any]:
    """A separator that is a tab is typed as `tab`, or as the two signs that stand for one elsewhere."""
    return {
        key: _with_tabs(value) if isinstance(value, dict) else "\t" if key == "separator" and value in TAB else value
        for key, value in data.items()
    }


def quoted(value: Any) -> str:
    """A value in Hydra's grammar of overrides."""
    if isinstance(value, list):
        return f"[{','.join(quoted(part) for part in value)}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{quoted(part)}" for key, part in value.items()) + "}"
    if not isinstance(value, str):
        return json.dumps(value)
    if BARE.fullmatch(value) and value.lower() not in WORDS:
        return value
    # Hydra takes a backslash as an escape before a quote, and where a run of them ends the text
    text = re.sub(r"(\\*)('|$)", lambda match: match[1] * 2 + ("\\'" if match[2] else ""), value)
    return f"'{text}'"
