"""Refusals: one sentence that names the option, what was given, and what is allowed.

A type checker and a config schema know types; these know ranges. Each function returns the value it let pass, so that a
constructor checks and stores in one line. A refusal is a `ValueError`.
"""

from collections.abc import Sequence
from math import inf

from bench.errors import Refusal


def at_least_one(name: str, value: int) -> int:
    """`value` if it is an integer of at least 1; True and 2.0 are not."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Refusal(f"{name}={value!r} is refused: give an integer of at least 1.")
    return value


def fraction(name: str, value: float) -> float:
    """`value` if it lies in 0..1, both ends allowed; nan does not."""
    if not 0.0 <= value <= 1.0:
        raise Refusal(f"{name}={value!r} is refused: give a number from 0 to 1.")
    return value


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise Refusal(f"{name}={value!r} is refused: choose one of {', '.join(allowed)}.")
    return value


def in_heads(hidden_size: int, heads: int, key: str = "cell.heads") -> int:
    """Units of each head."""
    if at_least_one("hidden_size", hidden_size) % at_least_one(key, heads):
        raise Refusal(f"hidden_size={hidden_size} is refused with {key}={heads}: give a multiple of it.")
    return hidden_size // heads


def above_zero(name: str, value: float) -> float:
    """`value` if it is finite and above 0."""
    if not 0 < value < inf:
        raise Refusal(f"{name}={value!r} is refused: give a finite number above 0.")
    return value
