"""The command that repeats a run, from its record alone: a sweep's own configuration, and what this run has otherwise.

The words are found by composing: `+sweep=NAME` where there is such a sweep, then the groups that the run chose, then every key
whose value is not what these give. `tests/report/test_repeat.py` composes them again and compares.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bench.config.compose import Composer, quoted
from bench.config.messages import sentence
from bench.config.schema import RunConfig, folder, plain
from bench.errors import ConfigError
from bench.records.record import Record
from bench.tables import config_keys

GROUPS = ("task", "model", "data", "cell", "decode")
"""In the order in which one choice changes what the next ones default to."""


class Repeater:
    """Finds commands; use one while Hydra's configuration is open."""

    def __init__(self) -> None:
        self.composer = Composer(classes=False)
        self.composed: dict[tuple[str, ...], DictConfig] = {}
        self.plain: dict[tuple[str, ...], dict[str, Any]] = {}

    def words(self, record: Record) -> list[str]:
        """The overrides of one run, its seed last. Raises ConfigError for what no command of this version gives."""
        if "task" not in record.config:
            raise ConfigError("a program in benchmarks/ measured it, which no sweep runs")
        try:
            return self._words(record)
        except (HydraException, OmegaConfBaseException) as error:
            raise ConfigError(sentence(error)) from error

    def _words(self, record: Record) -> list[str]:
        config, sweep = record.config, record.sweep
        words = [f"+sweep={sweep}"] if (folder() / "sweep" / f"{sweep}.yaml").is_file() else [f"sweep.name={quoted(sweep)}"]
        seed = f"seed={config['seed']}"
        for group in GROUPS:
            name = _chosen(config, group)
            if name != _chosen(self._plain([*words, seed]), group) and (folder() / group / f"{name}.yaml").is_file():
                words.append(f"{group}={name}")
        differing = self._different(config, [*words, seed])
        if any(self._follows([*words, seed], key) for key in differing):  # say first what they follow
            words += [word for key, word in differing.items() if not self._follows([*words, seed], key)]
            differing = self._different(config, [*words, seed])
        return [*words, *differing.values(), seed]

    def _different(self, config: Mapping[str, Any], words: Sequence[str]) -> dict[str, str]:
        """Key -> override, for each key that the words give another value than the run had."""
        composed_values, differing = dict(_leaves(self._plain(words))), {}
        for key, value in _leaves(config):
            relevant = key != config_keys.SEED and not config_keys.outside(key)
            if relevant and not (key in composed_values and composed_values[key] == value):
                differing[key] = f"{'' if key in composed_values else '++'}{key}={quoted(value)}"
        return differing

    def _follows(self, words: Sequence[str], key: str) -> bool:
        """Whether the key takes its value from another one."""
        if tuple(words) not in self.composed:
            self.composed[tuple(words)] = self.composer(words)
        node = self.composed[tuple(words)]
        for part in key.split("."):
            if part not in node:
                return False
            if OmegaConf.is_interpolation(node, part):
                return True
            node = node[part]
        return False

    def _plain(self, words: Sequence[str]) -> dict[str, Any]:
        key = tuple(words)
        if key not in self.plain:
            self.plain[key] = plain(self.run(words))
        return self.plain[key]

    def run(self, words: Sequence[str]) -> RunConfig:
        """The configuration that the words give."""
        return self.composer.run(words)


def command(words: Sequence[str], seeds: Sequence[int], *, files: bool) -> str:
    """One line for a shell. `words` end with a seed, for which each of `seeds` stands; `files`: the data lie in a folder."""
    mode = ["hydra.mode=RUN"] if words[0].startswith("+sweep=") else []
    start = "BENCH_DATA=FOLDER " if files else ""
    line = start + shlex.join(["python", "-m", "bench", *mode, *words[:-1]])
    if len(seeds) == 1:
        return f"{line} seed={seeds[0]}"
    return f"for seed in {' '.join(map(str, seeds))}; do {line} seed=$seed; done"


def _chosen(config: Mapping[str, Any], group: str) -> Any:
    """The name of a group's option; a model is known by its net."""
    node = config.get("net" if group == "model" else group)
    return node["name"] if isinstance(node, Mapping) and "name" in node else None


def _leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
