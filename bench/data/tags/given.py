"""The sentences of a split as their source gives them, before it is known what their tags are."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.data.tags.sentences import Sentence


@dataclass(frozen=True)
class Given:
    """Sentences, tags as they stand.

    `place(row, column)` says for a refusal where a word stands, `tag_key` names the setting that says where tags are, and
    `notes` are what the reader has to say of the split.
    """

    sentences: list[Sentence]
    place: Callable[[int, int], str]
    tag_key: str
    notes: list[str]
