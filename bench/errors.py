"""Refusals: whatever a user can put right. Their text is one sentence: what was given, what is allowed, what to do.

A command ends with status 2 on a `Refusal`; whatever else is raised is a fault of the suite, and shows its trace.
"""


class Refusal(ValueError):
    """Something that is refused on purpose."""


class ConfigError(Refusal):
    """A configuration that cannot be run."""


class DataError(Refusal):
    """Data that cannot be used."""
