"""Config keys: flattening a config, and finding the keys that tell the rows of a table apart.

A row key is a dotted key whose value varies between the records. Not row keys: the seed, the tuned keys, what belongs
to the machinery (`OUTSIDE`, `OUTSIDE_KEYS`), a key that repeats the seed or a tuned key (an interpolation), and a key that
follows from the row keys before it, as `cell._target_` follows from `cell.name`. The name of a group (`net.name`) never
merely follows: a row without a cell is named by its net.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.records.flat import Value

OUTSIDE = ("paths", "track", "hydra", "sweep", "speed", "launcher", "plugins", "reuse")
OUTSIDE_KEYS = ("trainer.log_every_steps", "trainer.snapshot_minutes")
SEED = "seed"
UNSAYING = ("name", "kind")  # last parts of keys that say nothing without the one before

Flat = Mapping[str, Value]


def at(flat: Flat, key: str) -> Value:
    """The value at a dotted key; a key that this config does not have reads as null."""
    return flat.get(key)


def values_at(flat: Flat, keys: Iterable[str]) -> tuple[Value, ...]:
    return tuple(at(flat, key) for key in keys)


def row_keys(flats: Sequence[Flat], tuned: Sequence[str]) -> tuple[list[str], list[str]]:
    """The keys that tell the rows apart, names first; and the varying keys that follow from them."""
    every = dict.fromkeys(key for flat in flats for key in flat)
    varying = [key for key in every if len({flat.get(key) for flat in flats}) > 1]
    fixed = [SEED, *tuned]
    open_keys = [key for key in varying if key not in fixed and not outside(key)]
    keys: list[str] = []
    follow: list[str] = []
    for key in sorted(open_keys, key=lambda key: not key.endswith(".name")):
        if any(all(at(flat, key) == at(flat, other) for flat in flats) for other in fixed):
            continue
        (follow if determines(flats, keys, other=key) and not _names_group(key) else keys).append(key)
    return keys, follow


def outside(key: str) -> bool:
    """Whether a key belongs to the machinery."""
    return key.split(".")[0] in OUTSIDE or key in OUTSIDE_KEYS


def _names_group(key: str) -> bool:
    return key.count(".") == 1 and key.endswith(".name")


def determines(flats: Sequence[Flat], keys: Sequence[str], *, other: str) -> bool:
    """Whether equal values at `keys` always come with one value at `other`."""
    value_by_keys: dict[tuple[Value, ...], Value] = {}
    return all(value_by_keys.setdefault(values_at(flat, keys), at(flat, other)) == at(flat, other) for flat in flats)


def headings(keys: Sequence[str]) -> dict[str, str]:
    """Key -> heading: the last part, for `X.name` and `X.kind` the X, and the whole key where that is ambiguous."""
    short = {key: _short(key) for key in keys}
    counts = list(short.values())
    return {key: name if counts.count(name) == 1 else key for key, name in short.items()}


def _short(key: str) -> str:
    parts = key.split(".")
    name = parts[-2] if len(parts) > 1 and parts[-1] in UNSAYING else parts[-1]
    return name.replace("_", " ").strip()


def label(value: Value) -> str:
    """A config value as people write it in an override."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
