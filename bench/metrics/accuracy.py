"""Classes as answers: how many are right, and how many would be right by guessing."""

import math

from torch import Tensor

from bench.metrics.metric import Counts, Metric


def class_counts(logits_NK: Tensor, targets_N: Tensor) -> Counts:
    """Sums over N answers: all, the right ones, and those of each class."""
    classes = targets_N.bincount(minlength=logits_NK.size(1)).tolist()
    right = float((logits_NK.argmax(1) == targets_N).sum())
    return {"answers": float(len(targets_N)), "right": right} | {f"class_{k}": float(n) for k, n in enumerate(classes)}


def class_metrics(counts: Counts) -> dict[str, Metric]:
    """The share of right answers, and that of always giving the most frequent one."""
    total = counts["answers"]
    most = max(count for key, count in counts.items() if key.startswith("class_"))
    return {
        "accuracy": percent(counts["right"], total, "higher"),
        "guess_accuracy": percent(most, total, ""),
    }


def percent(part: float, total: float, better: str) -> Metric:
    """Of no answers at all, nan."""
    return Metric(100 * part / total if total else math.nan, "%", better, int(total))


def spelled(numbers: Tensor) -> str:
    """Tokens or classes in a sample."""
    return " ".join(map(str, numbers.tolist()))
