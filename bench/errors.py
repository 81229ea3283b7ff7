"""Refusals: whatever a user can put right. Their text is one sentence: what was given, what is allowed, what to do.

A command ends with status 2 on a `Refusal`; whatever else is raised is a fault of the suite, and shows its trace.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class Refusal(ValueError):
    """Something that is refused on purpose."""


class ConfigError(Refusal):
    """A configuration that cannot be run."""


class DataError(Refusal):
    """Data that cannot be used."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """` (did you mean X?)` where something that is allowed reads nearly so; else nothing."""
    near = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""
