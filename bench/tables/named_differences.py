"""In what two rows of a claim differ beyond what the claim names: a claim about attention is none where the depths differ too.

Named are the keys of both of its rows. With a group's name (`cell.name`) goes all of the group; a key that repeats another one
in both rows, as a decoder's cell does, goes with that one. Seeds, tuned values, what belongs to the machinery and the size that
follows from a number of parameters differ by right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.records.flat import flatten
from bench.tables import config_keys
from bench.tables.config_keys import Flat

PARAMETERS, SIZE = "stack.parameters", "hidden_size"


def unnamed(config: Mapping[str, Any], beside: Mapping[str, Any], *, named: Iterable[str], tuned: Sequence[str]) -> list[str]:
    """The keys in which two configurations differ, of those that are not named."""
    first, second = flatten(config), flatten(beside)
    keys = dict.fromkeys([*first, *second])
    allowed = {key for key in keys if _by_right(key, tuned)} | set(named)
    sized = config_keys.at(first, PARAMETERS) is not None and config_keys.at(second, PARAMETERS) is not None
    differing = [key for key in keys if config_keys.at(first, key) != config_keys.at(second, key)]
    return [
        key
        for key in differing
        if key not in allowed
        and not _of_a_named_group(key, allowed)
        and not (sized and key.rpartition(".")[2] == SIZE)
        and not _repeats(key, differing, (first, second), allowed=allowed)
    ]


def _by_right(key: str, tuned: Sequence[str]) -> bool:
    return key == config_keys.SEED or key in tuned or config_keys.outside(key)


def _of_a_named_group(key: str, named: Iterable[str]) -> bool:
    group = key.split(".")[0]
    return any(name.startswith(f"{group}.") and name.endswith(".name") and name.count(".") == 1 for name in named)


def _repeats(key: str, differing: Sequence[str], flats: tuple[Flat, Flat], *, allowed: Iterable[str]) -> bool:
    """Whether a key has the values of one that may differ, in both rows; of a copied group that of the key's own last parts."""
    parts = key.split(".")
    tails = {".".join(parts[index:]) for index in range(1, len(parts) - 1)}
    others = [other for other in differing if other in allowed or (other in tails and _of_a_named_group(other, allowed))]
    return any(all(config_keys.at(flat, key) == config_keys.at(flat, other) for flat in flats) for other in others)
