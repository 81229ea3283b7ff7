"""Macro F1 of one class a row: the mean over the classes of their F1, so that a rare class weighs as much as a frequent one.

    F1 = 2 right / (given + gold)

A class that is neither right nor predicted in any row is left out.
"""

from torch import Tensor

from bench.metrics.metric import Counts, Metric


def f1_counts(predicted_N: Tensor, gold_N: Tensor, classes: int) -> Counts:
    """Sums over N rows: how often each class is given, is the right one, and both."""
    kinds = {"given": predicted_N, "gold": gold_N, "both": gold_N[predicted_N == gold_N]}
    return {
        f"{kind}_{k}": float(n)
        for kind, members in kinds.items()
        for k, n in enumerate(members.bincount(minlength=classes).tolist())
    }


def macro_f1(counts: Counts) -> Metric:
    """In percent, over what `f1_counts` gives; `count` is how many classes take part."""
    predicted, gold, correct = (
        [value for key, value in counts.items() if key.startswith(f"{kind}_")] for kind in ("given", "gold", "both")
    )
    scores = [2 * b / (a + g) for a, g, b in zip(predicted, gold, correct, strict=True) if a + g]
    return Metric(100 * sum(scores) / len(scores), "%", "higher", len(scores))
