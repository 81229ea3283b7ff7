"""What is measured of tags: names, the words of names, or each tag on its own."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from bench.data.tags.schemes import OUTSIDE, PLAIN, parts
from bench.data.tags.tagged import TaggedData
from bench.errors import DataError
from bench.metrics.entities import entity_counts, entity_metrics, name_word_counts, name_word_metrics
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric
from bench.metrics.tag_errors import confusion, errors_by_type, outcomes
from bench.metrics.token_accuracy import tag_confusion, token_counts, token_metrics

from .tag_reader import OUTSIDE_OR_NAME

Rows = Sequence[Sequence[str]]
"""Tags of sentences as they are written."""


class Measure(Protocol):
    """`primary` is the metric that chooses the checkpoint; the others are over sentences as `decode` and `gold` give them."""

    primary: str

    def decode(self, numbers: Sequence[int]) -> tuple[str, ...]:
        """What the net found in a sentence."""

    def gold(self, tags: Sequence[str]) -> tuple[str, ...]:
        """What the data say of it."""

    def counts(self, predicted: Rows, gold: Rows) -> Counts: ...
    def metrics(self, counts: Counts) -> dict[str, Metric]: ...
    def matrices(self, predicted: Rows, gold: Rows) -> list[Matrix]: ...


def measure_of(data: TaggedData, labels: str) -> Measure:
    """What is measured of these data. Raises DataError where `labels` ask for what they do not have."""
    if labels == "binary" and data.scheme == PLAIN:
        raise DataError(
            f"task.labels=binary is refused with data={data.name}, whose tags are plain and do not say what a name is: give "
            "task.labels=spans."
        )
    if labels == "binary":
        return NameWords()
    return PlainTags(data) if data.scheme == PLAIN else Names(data)


class Names:
    """Entities, by conlleval's rules."""

    primary = "entity_f1"

    def __init__(self, data: TaggedData) -> None:
        rows = [row.tags for sentences in data.raw.values() for row in sentences]
        self.decode = data.text.decode
        self.kinds = sorted({parts(tag)[1] for tags in rows for tag in tags if tag != OUTSIDE})

    def gold(self, tags: Sequence[str]) -> tuple[str, ...]:
        return tuple(tags)

    def counts(self, predicted: Rows, gold: Rows) -> Counts:
        return entity_counts(predicted, gold, self.kinds)

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        return entity_metrics(counts)

    def matrices(self, predicted: Rows, gold: Rows) -> list[Matrix]:
        counts = outcomes(predicted, gold)
        return [confusion(counts, self.kinds), errors_by_type(counts, self.kinds)]


class NameWords:
    """Words that are part of a name."""

    primary = "word_f1"

    def decode(self, numbers: Sequence[int]) -> tuple[str, ...]:
        return tuple(OUTSIDE_OR_NAME[number] for number in numbers)

    def gold(self, tags: Sequence[str]) -> tuple[str, ...]:
        return tuple(OUTSIDE_OR_NAME[tag != OUTSIDE] for tag in tags)

    def counts(self, predicted: Rows, gold: Rows) -> Counts:
        return name_word_counts(_are_names(predicted), _are_names(gold))

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        return name_word_metrics(counts)

    def matrices(self, predicted: Rows, gold: Rows) -> list[Matrix]:
        return []


def _are_names(rows: Iterable[Sequence[str]]) -> list[list[bool]]:
    return [[tag == OUTSIDE_OR_NAME[1] for tag in row] for row in rows]


class PlainTags:
    """Each word's tag on its own."""

    primary = "token_accuracy"

    def __init__(self, data: TaggedData) -> None:
        self.decode = data.text.decode

    def gold(self, tags: Sequence[str]) -> tuple[str, ...]:
        return tuple(tags)

    def counts(self, predicted: Rows, gold: Rows) -> Counts:
        return token_counts(predicted, gold)

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        return token_metrics(counts)

    def matrices(self, predicted: Rows, gold: Rows) -> list[Matrix]:
        return [tag_confusion(predicted, gold)]
