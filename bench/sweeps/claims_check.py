"""The check of a sweep's claims: the rows of one differ in what it names and in nothing else, or no table could decide it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.errors import ConfigError
from bench.records.flat import flatten
from bench.tables import config_keys, spec
from bench.tables.named_differences import unnamed
from bench.tables.spec import Claim


def check_claims(configs: Sequence[Mapping[str, Any]]) -> None:
    """Raises ConfigError, one sentence, for the first claim whose two rows differ in more than it names.

    `configs` are those of all jobs. A claim of which a row is not run here, or several fit, is for the tables to speak of.
    """
    if not configs:
        return
    sweep = configs[0]["sweep"]
    settings = spec.parse(sweep)
    for claim in settings.claims:
        rows = [_only_row(configs, claim, row, settings.tune) for row in claim.rows("higher")]
        first, second = rows
        if first is None or second is None:
            continue
        if keys := unnamed(first, second, named=claim.named, tuned=settings.tune):
            raise ConfigError(
                f"sweep.claims: the rows of {claim.claim!r} also differ in {' and '.join(keys)}: name "
                f"{'it' if len(keys) == 1 else 'them'} in better and than, or give both rows the same value."
            )


def _only_row(
    configs: Sequence[Mapping[str, Any]], claim: Claim, row: Mapping[str, Any], tuned: Sequence[str]
) -> Mapping[str, Any] | None:
    """A configuration of the one row that fits; None where none does, or several."""
    required = flatten(row)
    rows: dict[str, Mapping[str, Any]] = {}
    for config in configs:
        flat = flatten(config)
        of_the_data = claim.data in ("", config["data"]["name"])
        if of_the_data and all(config_keys.at(flat, key) == value for key, value in required.items()):
            inside = {key: value for key, value in flat.items() if not config_keys.outside(key)}
            shared = {key: value for key, value in inside.items() if key not in (config_keys.SEED, *tuned)}
            rows.setdefault(json.dumps(shared), config)
    return next(iter(rows.values())) if len(rows) == 1 else None
