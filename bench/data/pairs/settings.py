"""How text becomes numbers: the node `text` of a data set of pairs, checked."""

from dataclasses import dataclass

from bench.errors import DataError
from bench.settings import Nested

LEVELS = ("words", "characters", "subwords", "symbols")


@dataclass(frozen=True)
class TextSettings(Nested):
    """`level` of both sides (`target_level`, where given, of the target alone): words, characters, subwords or symbols.

    `lowercase`: the model reads and writes lower case; references stay as they are. `min_frequency`: a rarer token of the
    training lines is unknown (a rarer pair of subwords is not merged). `subwords`: how many tokens subwords may have, the
    256 bytes among them. `joint`: both sides share one list of tokens. `unknown`: what an unknown token reads as.
    `max_length`: tokens of a source line that are read, END not counted; null for all. `joiners`: words say where no blank
    stands beside them, so that a line is written back as it was; without, as before there was the key, Moses' rules guess.
    """

    level: str
    target_level: str | None
    lowercase: bool
    min_frequency: int
    subwords: int
    joint: bool
    unknown: str
    max_length: int | None
    joiners: bool = False

    def __post_init__(self) -> None:
        for key, level in (("level", self.level), ("target_level", self.target_level or self.level)):
            if level not in LEVELS:
                raise DataError(f"data.text.{key}={level} is unknown: give one of {', '.join(LEVELS)}.")
        for key, value, low in (
            ("min_frequency", self.min_frequency, 1),
            ("subwords", self.subwords, 257),
            ("max_length", self.max_length, 1),
        ):
            if value is not None and value < low:
                raise DataError(f"data.text.{key}={value} is out of range: give a number of at least {low}.")
        if not self.unknown or any(mark in self.unknown for mark in "<> \t\r\n"):
            raise DataError(
                f"data.text.unknown={self.unknown!r} is not one plain token: give a word without white space and without < "
                "and >, which a scorer would split."
            )
        if self.joint and self.levels[0] != self.levels[1]:
            raise DataError("data.text.joint=true needs one level on both sides: give data.text.target_level=null.")

    @property
    def levels(self) -> tuple[str, str]:
        """Of source and target."""
        return self.level, self.level if self.target_level is None else self.target_level


@dataclass(frozen=True)
class CaptionSettings(Nested):
    """The same of a text that has no source."""

    level: str
    lowercase: bool
    min_frequency: int
    subwords: int
    unknown: str
    joiners: bool = False

    @property
    def of_one_side(self) -> TextSettings:
        """Raises DataError, as `TextSettings` does."""
        return TextSettings(target_level=None, joint=False, max_length=None, **vars(self))
