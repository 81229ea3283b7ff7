"""What befalls files before a reader gets them: changes of rows, of text, of bytes, each with what a reader owes for it.

SAME: the file says what it said, so the reading is the clean one, or a note says the difference, or the file is refused.
SAID: the file cannot say what it said, so a note says it, or the file is refused.
OTHER: the file says something else, which may be read; it is never a fault of the suite's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from fuzzing.forms import Reader

SAME, SAID, OTHER = "same", "said", "other"


T = TypeVar("T")


@dataclass(frozen=True)
class Change(Generic[T]):
    """`fits`: whether it means anything for files of this form."""

    name: str
    owes: str
    make: Callable[[Random, T], T | None]
    fits: Callable[[Reader], bool]


def always(reader: Reader) -> bool:
    return True


def laid_out(reader: Reader) -> bool:
    """Empty lines and blanks at the ends of lines are no content."""
    return not reader.format.verbatim


def dated(reader: Reader) -> bool:
    """Rows stand in the order of time, and say their time."""
    return reader.format.ordered and has_names(reader)


def undated(reader: Reader) -> bool:
    return not dated(reader)


def has_names(reader: Reader) -> bool:
    """Its first line names the columns."""
    return bool(reader.format.heading and reader.node.get("table", {"header": True})["header"])


def tabular(reader: Reader) -> bool:
    return bool(reader.format.quoted)
