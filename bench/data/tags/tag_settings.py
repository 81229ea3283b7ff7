"""How the words of a tagged sentence become numbers: the node `text` of a data set of tags, checked."""

from dataclasses import dataclass

from bench.errors import DataError
from bench.settings import Nested


@dataclass(frozen=True)
class TagSettings(Nested):
    """`min_frequency`: a word that training has more rarely is unknown. `lowercase`, `zero_digits`: what is done to a word
    before it gets its number (characters and capitalisation class are of the word as it is). `max_characters`: how many
    characters of a word are read, half of them its first and half its last; null for all. `vectors`: word vectors (what
    `net.vectors` names); words of validation and test that have one are read by it, where else they would be unknown.
    """

    min_frequency: int
    lowercase: bool
    zero_digits: bool
    max_characters: int | None
    vectors: str | None = None

    def __post_init__(self) -> None:
        for key, value, low in (("min_frequency", self.min_frequency, 1), ("max_characters", self.max_characters, 2)):
            if value is not None and value < low:
                raise DataError(f"data.text.{key}={value} is out of range: give a number of at least {low}.")
