"""How the words of a tagged sentence become numbers: the node `text` of a data set of tags, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.data.sources.yaml_nodes import filled
from bench.errors import DataError


@dataclass(frozen=True)
class TagSettings:
    """`min_frequency`: a word that training has more rarely is unknown. `lowercase`, `zero_digits`: what is done to a word
    before it gets its number (characters and capitalisation class are of the word as it is). `max_characters`: how many
    characters of a word are read, half of them its first and half its last; null for all.
    """

    min_frequency: int
    lowercase: bool
    zero_digits: bool
    max_characters: int | None

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> "TagSettings":
        return filled(cls, node, key="data.text")

    def __post_init__(self) -> None:
        for key, value, low in (("min_frequency", self.min_frequency, 1), ("max_characters", self.max_characters, 2)):
            if value is not None and value < low:
                raise DataError(f"data.text.{key}={value} is out of range: give a number of at least {low}.")
