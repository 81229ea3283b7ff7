"""What becomes of each entity: found, found wrongly, missed or invented; and which type is taken for which.

Gold and predicted entities of a sentence are paired one to one, in four passes from left to right:

    exact            same words, same type
    wrong_type       same words, another type
    wrong_boundary   other words with an overlap, same type
    wrong_both       other words with an overlap, another type
    missed           a gold entity that is left over
    invented         a predicted entity that is left over

So all but `invented` add up to the gold entities, and all but `missed` to the predicted ones. Only `exact` counts for F1
(`bench.metrics.entities`); this says where the rest went, and is not a score.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from bench.data.tags.schemes import Span, spans
from bench.metrics.entities import check_sentences
from bench.metrics.matrix import Matrix

OUTCOMES = ("exact", "wrong_type", "wrong_boundary", "wrong_both", "missed", "invented")
NOTHING = "(none)"


class Outcome(NamedTuple):
    """One of OUTCOMES; the type in the data (empty where invented) and the predicted type (empty where missed)."""

    name: str
    gold: str
    predicted: str


Outcomes = Counter[Outcome]
"""How often each happened; sums of sentences, splits and batches are `+`."""


def _same_words(span: Span, other: Span) -> bool:
    return (span.start, span.stop) == (other.start, other.stop)


def _overlap(span: Span, other: Span) -> bool:
    return span.start < other.stop and other.start < span.stop


PASSES: tuple[tuple[str, Callable[[Span, Span], bool]], ...] = (
    ("exact", lambda gold, predicted: gold == predicted),
    ("wrong_type", _same_words),
    ("wrong_boundary", lambda gold, predicted: gold.kind == predicted.kind and _overlap(gold, predicted)),
    ("wrong_both", _overlap),
)


def pair(gold: Iterable[Span], predicted: Iterable[Span]) -> list[tuple[str, Span | None, Span | None]]:
    """(outcome, gold entity, predicted entity) of one sentence, each entity once."""
    gold_spans, candidates = list(gold), list(predicted)
    pairs: list[tuple[str, Span | None, Span | None]] = []
    for name, fits in PASSES:
        for span in list(gold_spans):
            match = next((candidate for candidate in candidates if fits(span, candidate)), None)
            if match is not None:
                gold_spans.remove(span)
                candidates.remove(match)
                pairs.append((name, span, match))
    return [*pairs, *(("missed", span, None) for span in gold_spans), *(("invented", None, span) for span in candidates)]


def outcomes(predicted: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> Outcomes:
    """Over sentences of tags, read by conlleval's rules. Raises ValueError unless both are the same sentences."""
    check_sentences(predicted, gold)
    return Counter(
        Outcome(name, gold_span.kind if gold_span else "", predicted_span.kind if predicted_span else "")
        for guess, truth in zip(predicted, gold, strict=True)
        for name, gold_span, predicted_span in pair(spans(truth), spans(guess))
    )


def confusion(counts: Outcomes, kinds: Sequence[str]) -> Matrix:
    """Pairs of entities by the type in the data (rows) and the predicted type (columns); whatever their ends."""
    labels = [*kinds, NOTHING]
    position = {label: index for index, label in enumerate(labels)} | {"": len(kinds)}
    values = [[0.0] * len(labels) for _ in labels]
    for outcome, number in counts.items():
        values[position[outcome.gold]][position[outcome.predicted]] += number
    return Matrix("confusion", "Entity types: rows in the data, columns predicted", labels, labels, values)


def errors_by_type(counts: Outcomes, kinds: Sequence[str]) -> Matrix:
    """OUTCOMES (columns) of each type (rows): the type in the data, and of invented entities the predicted one."""
    values = [
        [float(sum(number for outcome, number in counts.items() if _is(outcome, name, kind))) for name in OUTCOMES]
        for kind in kinds
    ]
    return Matrix("errors", "What became of the entities", list(kinds), list(OUTCOMES), values)


def _is(outcome: Outcome, name: str, kind: str) -> bool:
    return outcome.name == name and kind == (outcome.predicted if name == "invented" else outcome.gold)
