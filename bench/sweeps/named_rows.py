"""Rows that a sweep's tables name, its baseline, those of its claims and of published figures: by keys that there are.

A row whose key is misspelt would be in no table, and its claim undecided for ever. A key counts where a job of the sweep has
it, or a choice of conf/ that the command left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import yaml

from bench.config.keys import GROUPS
from bench.config.schema import RunConfig, folder, plain
from bench.errors import ConfigError, did_you_mean
from bench.records.flat import flatten
from bench.tables import spec


def check_named_rows(configs: Sequence[RunConfig]) -> None:
    """Raises ConfigError, one sentence, for the first row of a sweep with a key that no job can have."""
    keys: set[str] = set()
    for section in {repr(asdict(config.sweep)): config.sweep for config in configs}.values():
        for label, row in _named(spec.parse(asdict(section))):
            keys = keys or {key for config in configs for key in flatten(plain(config))} | set(_of_conf())
            for key in flatten(row):
                if key not in keys:
                    raise ConfigError(
                        f"{label} names a row by {key}, which no job has{did_you_mean(key, keys)}: give a dotted key of the "
                        "configuration, such as cell.name."
                    )


def _named(tables: spec.Spec) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where a row is named, and the row."""
    if tables.baseline:
        yield "sweep.baseline", tables.baseline
    for claim in tables.claims:
        for row in (claim.better, claim.than, claim.higher, claim.lower):
            if row:
                yield f"the claim {claim.claim!r} in sweep.claims", row
    for figure in tables.literature:
        if figure.row:
            yield f"the figure {figure.name!r} in sweep.literature", figure.row


def _of_conf() -> Iterator[str]:
    """The dotted keys that the choices of conf/ have."""
    for node, group in GROUPS.items():
        for file in (folder() / group).glob("*.yaml"):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            yield from flatten({node: content.get(node, {}) if group in ("task", "model") else content})
