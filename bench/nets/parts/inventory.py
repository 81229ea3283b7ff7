"""What a tagger is built over: the words, characters and tags that the data have."""

from collections.abc import Sequence
from dataclasses import dataclass

Legal = tuple[Sequence[bool], Sequence[bool], Sequence[Sequence[bool]]]
"""(which tag may begin a sentence [K], which may end one [K], whether tag b may follow tag a [K][K])"""


@dataclass(frozen=True)
class Inventory:
    """`words[i]` has the number i + 1, a character of `characters` its place + 1; 0 is the unknown one of each.

    `beyond[i]` has the number i + 1 of its own, 0 being none: words that training does not have and that have a vector.
    `shapes` are classes of capitalisation. `allowed` None: any tag may follow any. `logistic`: two classes by one unit.
    """

    words: Sequence[str]
    beyond: Sequence[str]
    characters: str
    shapes: int
    tags: int
    allowed: Legal | None
    logistic: bool
