"""Metrics that have nothing to be taken over: one warning a process for each text."""

import functools
import warnings


class UndefinedMetric(UserWarning):
    """A ratio had nothing to be taken over."""


@functools.cache
def warn_once(text: str) -> None:
    """Python's own way to warn once forgets what it has shown whenever some library touches the filters."""
    warnings.warn(text, UndefinedMetric, stacklevel=4)
