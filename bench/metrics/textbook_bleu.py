"""BLEU of one sequence as the textbook has it (Zhang, Lipton, Li, Smola: Dive into Deep Learning, section 10.7.6):

    exp(min(0, 1 - len_label / len_pred)) prod_{n=1..k} p_n^(1/2^n)

p_n is matched n-grams of the prediction over its n-grams, each n-gram of the label matching once; longer n-grams weigh more.
Prediction A B B C D against label A B C D E F: p_1 = 4/5, p_2 = 3/4, p_3 = 1/3, p_4 = 0. One reference, any tokens. In percent,
where the textbook prints 0 to 1. Not corpus BLEU, and not to be compared with it: see `bench.metrics.bleu`.
"""

import math
from collections import Counter
from collections.abc import Sequence

from bench.metrics.metric import Counts, Metric


def precision(prediction: Sequence[str], label: Sequence[str], order: int) -> float:
    """p_n for n = `order`, 0 to 1; 0 for a prediction without n-grams."""
    predicted, expected = _ngrams(prediction, order), _ngrams(label, order)
    return (predicted & expected).total() / max(predicted.total(), 1)


def bleu_d2l(prediction: Sequence[str], label: Sequence[str], k: int) -> float:
    """0 to 100. Orders that are longer than the prediction are left out, as in the textbook; an empty prediction has 0."""
    if not prediction:
        return 0.0
    score = math.exp(min(0.0, 1 - len(label) / len(prediction)))
    for order in range(1, min(k, len(prediction)) + 1):
        score *= precision(prediction, label, order) ** (0.5**order)
    return 100 * score


def textbook_counts(predictions: Sequence[Sequence[str]], labels: Sequence[Sequence[str]], k: int) -> Counts:
    """Sums over sequences; their number must agree."""
    scores = [bleu_d2l(prediction, label, k) for prediction, label in zip(predictions, labels, strict=True)]
    return {"bleu_d2l": sum(scores), "sequences": float(len(scores))}


def textbook_metric(counts: Counts) -> Metric:
    """The mean over sequences."""
    return Metric(counts["bleu_d2l"] / counts["sequences"], "%", "higher", int(counts["sequences"]))


def _ngrams(tokens: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + order]) for start in range(len(tokens) - order + 1))
