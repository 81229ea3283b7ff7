"""Budget checks: each row that a claim names, once more with its first seed and twice the budget (`sweep.budget_check`).

Such a run is a run like any other, with a name and a record of its own; `bench.tables.budget_checks` reads it. Where a schedule
goes in parts, it has as many as before, so that it is stretched and not begun anew. Of a row that is tuned every value is run.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.config import schema
from bench.records.flat import flatten
from bench.tables import config_keys, spec
from bench.tables.budget_checks import FACTOR

ASKED = "sweep.budget_check"


def budget_checks(configs: Sequence[Mapping[str, Any]], words: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """The overrides of the further jobs; `words` are those of `configs`, the jobs of the sweep's rows, one by one."""
    claims = spec.parse(configs[0]["sweep"]).claims
    named = [flatten(row) for claim in claims for row in claim.rows("higher")]
    first_seed = next((config["seed"] for config in configs), None)
    for config, job_words in zip(configs, words, strict=True):
        flat = flatten(config)
        fits = any(all(config_keys.at(flat, key) == value for key, value in row.items()) for row in named)
        if fits and config["seed"] == first_seed:
            trainer = config["trainer"]
            budget = [f"trainer.epochs={FACTOR * trainer['epochs']}", f"optimiser.periods={config['optimiser']['periods']}"]
            steps = [] if trainer["max_steps"] is None else [f"trainer.max_steps={FACTOR * trainer['max_steps']}"]
            further = [*budget, *steps, f"{ASKED}={schema.TWICE}"]
            replaced = {word.partition("=")[0] for word in further}
            yield [*(word for word in job_words if word.partition("=")[0] not in replaced), *further]
