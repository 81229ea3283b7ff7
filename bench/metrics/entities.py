"""Entities found against entities there, by conlleval's rules: precision, recall and F1 over all and by type, in percent.

    P = correct / predicted,   R = correct / gold,   F1 = 2 P R / (P + R) = 2 correct / (predicted + gold)

An entity is correct when its type and both of its ends are (Tjong Kim Sang and De Meulder 2003, section 2.4). Entities are
read off tag strings by conlleval's chunk rules, ill-formed tags included (`bench.data.tags.schemes.spans`): an I- that follows
O begins an entity. All counts are sums over sentences; F1 is that of the sums (micro), never a mean over types or sentences.
This is not seqeval's strict mode, to which a leading I- is no entity at all.

The two-class form asks of each word whether it is part of a name, and counts words instead of entities.

0/0 counts as 0: the metric's signature says so, and an `UndefinedMetric` warning does, once a process for each text.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from bench.data.tags.schemes import spans
from bench.metrics.metric import Counts, Metric
from bench.metrics.undefined import warn_once

UNDEFINED = "0/0 taken as 0"
NAMES = ("entity_f1", "precision", "recall")
WORD_NAMES = ("word_f1", "word_precision", "word_recall")


def entity_counts(predicted: Sequence[Sequence[str]], gold: Sequence[Sequence[str]], kinds: Sequence[str]) -> Counts:
    """Sums over sentences of tags: `gold_K`, `predicted_K`, `correct_K` for each type K of `kinds`, words, and right tags.

    `kinds` are all types of the data, so that every batch counts the same keys. Raises ValueError for a type that is not
    among them, and when the two sides do not have the same sentences.
    """
    check_sentences(predicted, gold)
    sides: dict[str, Counter[str]] = {"gold": Counter(), "predicted": Counter(), "correct": Counter()}
    for guess, truth in zip(predicted, gold, strict=True):
        predicted_spans, gold_spans = spans(guess), spans(truth)
        for side, chosen in (
            ("gold", gold_spans),
            ("predicted", predicted_spans),
            ("correct", set(predicted_spans) & set(gold_spans)),
        ):
            sides[side].update(span.kind for span in chosen)
    check_kinds({*sides["gold"], *sides["predicted"]}, kinds)
    counts = {f"{side}_{kind}": float(count[kind]) for side, count in sides.items() for kind in kinds}
    pairs = [pair for guess, truth in zip(predicted, gold, strict=True) for pair in zip(guess, truth, strict=True)]
    return {**counts, "words": float(len(pairs)), "right_words": float(sum(guess == truth for guess, truth in pairs))}


def entity_metrics(counts: Counts) -> dict[str, Metric]:
    """entity_f1, precision, recall, token_accuracy, then entity_f1/K, precision/K, recall/K of each type K.

    The count of an entity metric is the number of gold entities, whichever the denominator: it is the same for all that is
    scored on one split.
    """
    kinds = [key.removeprefix("gold_") for key in counts if key.startswith("gold_")]
    sides = {kind: {side: counts[f"{side}_{kind}"] for side in ("gold", "predicted", "correct")} for kind in kinds}
    total = {side: sum(of[side] for of in sides.values()) for side in ("gold", "predicted", "correct")}
    metrics = dict(zip(NAMES, f_metrics(total), strict=True))
    metrics["token_accuracy"] = percent(counts["right_words"], counts["words"], int(counts["words"]))
    for kind, of in sides.items():
        metrics |= {f"{name}/{kind}": metric for name, metric in zip(NAMES, f_metrics(of), strict=True)}
    return warned(metrics)


def name_word_counts(predicted: Sequence[Sequence[bool]], gold: Sequence[Sequence[bool]]) -> Counts:
    """Sums over words of the two-class form: True is a word that is part of a name. Raises ValueError as above."""
    check_sentences(predicted, gold)
    pairs = Counter(
        (bool(guess), bool(truth))
        for guesses, truths in zip(predicted, gold, strict=True)
        for guess, truth in zip(guesses, truths, strict=True)
    )
    true_positives = float(pairs[True, True])
    return {
        "gold": true_positives + pairs[False, True],
        "predicted": true_positives + pairs[True, False],
        "correct": true_positives,
        "words": float(pairs.total()),
        "right_words": true_positives + pairs[False, False],
    }


def name_word_metrics(counts: Counts) -> dict[str, Metric]:
    """word_f1, word_precision, word_recall, word_accuracy of the two-class form."""
    metrics = dict(zip(WORD_NAMES, f_metrics(counts), strict=True))
    metrics["word_accuracy"] = percent(counts["right_words"], counts["words"], int(counts["words"]))
    return warned(metrics)


def f_metrics(sides: Mapping[str, float]) -> tuple[Metric, Metric, Metric]:
    """F1, precision and recall of `gold`, `predicted` and `correct`."""
    gold, predicted, correct = sides["gold"], sides["predicted"], sides["correct"]
    f1 = percent(2 * correct, predicted + gold, int(gold))
    return f1, percent(correct, predicted, int(gold)), percent(correct, gold, int(gold))


def percent(part: float, total: float, count: int) -> Metric:
    """100 part / total; of nothing, 0 under the signature UNDEFINED."""
    return Metric(100 * part / total, "%", "higher", count) if total else Metric(0.0, "%", "higher", count, UNDEFINED)


def warned(metrics: dict[str, Metric]) -> dict[str, Metric]:
    """`metrics` as they are, after a warning that names those that are undefined."""
    undefined = [name for name, metric in metrics.items() if metric.signature == UNDEFINED]
    if undefined:
        warn_once(f"{', '.join(undefined)}: 0/0 is taken as 0, for there is nothing to score; look at the predictions.")
    return metrics


def check_sentences(predicted: Sequence[Sequence[object]], gold: Sequence[Sequence[object]]) -> None:
    """Raises ValueError unless both have the same number of sentences, and of words in each."""
    if len(predicted) != len(gold):
        raise ValueError(f"{len(predicted)} sentences are predicted and {len(gold)} are given; score the same sentences.")
    for row, (guess, truth) in enumerate(zip(predicted, gold, strict=True)):
        if len(guess) != len(truth):
            raise ValueError(
                f"sentence {row} has {len(truth)} words and {len(guess)} predicted tags; cut the padding, one tag a word."
            )


def check_kinds(present: set[str], kinds: Sequence[str]) -> None:
    """Raises ValueError unless all types in `present` are among `kinds`."""
    if strange := sorted(present - set(kinds)):
        raise ValueError(
            f"entities of type {', '.join(map(repr, strange))} are not among the types {', '.join(kinds)}; "
            "give the types of all splits."
        )
