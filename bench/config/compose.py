"""Composes the configurations of many jobs: what Hydra does for one, without reading the same files for each.

Jobs mostly differ in plain values (a seed, a rate, a depth). Those that choose the same groups are composed once; the plain
values are then set in a copy, typed and checked by the schema as Hydra sets them. Anything else an override may say
(adding, deleting, choosing a group) is left to Hydra, and so is the wording of an error.
"""

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from hydra import compose
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bench.config.checks import check
from bench.config.keys import check_keys
from bench.config.nested import check_nested
from bench.config.schema import TWICE, RunConfig
from bench.config.typed import check_word

BARE = re.compile(r"[A-Za-z_./][\w./-]*")
WORDS = ("null", "true", "false", "nan", "inf", "yes", "no", "on", "off")
"""What a word without quotes may look like, and what it then says other than text."""
TAB = ("tab", "\\t")


class Composer:
    """Remembers what it composed; use one while Hydra's configuration is open."""

    def __init__(self) -> None:
        self.parsed: dict[str, Override] = {}  # most words are those of many jobs
        self.composed: dict[tuple[str, ...], DictConfig] = {}

    def __call__(self, overrides: Sequence[str]) -> DictConfig:
        """The configuration of one job, as `hydra.compose` gives it."""
        parsed = [self._parse(word) for word in overrides]
        values = [override for override in parsed if _is_value(override)]
        groups = tuple(word for word, override in zip(overrides, parsed, strict=True) if override not in values)
        if groups not in self.composed:
            self.composed[groups] = compose(config_name="config", overrides=list(groups))
        config = deepcopy(self.composed[groups])
        try:
            for override in values:
                OmegaConf.update(config, override.key_or_group, override.value(), merge=True)
        except OmegaConfBaseException:
            return _by_hydra(overrides)
        return config

    def _parse(self, word: str) -> Override:
        if word not in self.parsed:
            self.parsed[word] = check_word(word)
        return self.parsed[word]


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


def _by_hydra(overrides: Sequence[str]) -> DictConfig:
    composed: DictConfig = compose(config_name="config", overrides=list(overrides))
    return composed


def to_run(composed: DictConfig) -> RunConfig:
    """The composed configuration as plain checked objects, interpolations resolved; a job has no rows, and is
    a budget check or none. Raises ConfigError."""
    check_keys(composed)
    config = OmegaConf.to_object(composed)
    assert isinstance(config, RunConfig)
    config.sweep.rows, config.sweep.seeds = [], None
    config.data = _with_tabs(config.data)
    check(config)
    check_nested(config)
    config.sweep.budget_check = config.sweep.budget_check == TWICE
    return config


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
