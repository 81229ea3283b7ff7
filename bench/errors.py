"""Refusals: whatever a user can put right. Their text is one sentence: what was given, what is allowed, what to do.

A command ends with status 2 on a `Refusal`; whatever else is raised is a fault of the suite, and shows its trace.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class Refusal(ValueError):
    """Something that is refused on purpose."""


class Failure(RuntimeError):
    """What ends a command that was in order, with status 1; its text is one sentence for the person at the terminal."""


class ConfigError(Refusal):
    """A configuration that cannot be run."""


class DataError(Refusal):
    """Data that cannot be used."""


def did_you_mean(word: str, allowed: Iterable[str], *, cutoff: float = 0.6, shown: Mapping[str, str] | None = None) -> str:
    """` (did you mean X?)` where something that is allowed reads nearly so; else nothing. `shown`: what X is called in full."""
    near = get_close_matches(word, list(allowed), n=1, cutoff=cutoff)
    return f" (did you mean {(shown or {}).get(near[0], near[0])}?)" if near else ""
