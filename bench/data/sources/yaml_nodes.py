"""A node of a data set's yaml as a checked dataclass: all of its fields, each of its type, and no others."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from bench.build import fits, in_words
from bench.errors import DataError

T = TypeVar("T")


def filled(kind: type[T], node: Mapping[str, Any], *, key: str) -> T:
    """`kind`, a dataclass, from the node at `key`. Raises DataError, one sentence; so may the dataclass itself."""
    known = {part.name: part.type for part in fields(kind)}  # type: ignore[arg-type]
    if set(node) != set(known):
        wrong = ", ".join(sorted(set(node) ^ set(known)))
        raise DataError(f"{key} takes exactly {', '.join(known)}; unknown or missing: {wrong}.")
    for name, wanted in known.items():
        if not fits(node[name], wanted):
            raise DataError(f"{key}.{name}={node[name]!r} is refused: give {in_words(wanted)}.")
    return kind(**node)
