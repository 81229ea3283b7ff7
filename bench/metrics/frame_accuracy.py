"""Frame accuracy of polyphonic music: of all keys that sound or are said to, how many are both.

    accuracy = sum_t TP_t / sum_t (TP_t + FP_t + FN_t)

Bay, Ehmann and Downie 2009 (ISMIR, "Evaluation of multiple-F0 estimation and tracking systems"), equation of accuracy, the sums
over all frames; Boulanger-Lewandowski et al. 2012 (arXiv:1206.6392) report it. Keys that are rightly silent do not count.
"""

from torch import Tensor

from bench.metrics.accuracy import percent
from bench.metrics.metric import Counts, Metric


def frame_counts(predicted_NK: Tensor, truth_NK: Tensor, prefix: str = "") -> Counts:
    """Sums over N frames of K keys, bool: the keys in both, and those in either."""
    return {
        f"{prefix}both": float((predicted_NK & truth_NK).sum()),
        f"{prefix}either": float((predicted_NK | truth_NK).sum()),
    }


def frame_accuracy(counts: Counts, better: str, prefix: str = "") -> Metric:
    """In percent; `count` is how many keys sound or are said to."""
    return percent(counts[f"{prefix}both"], counts[f"{prefix}either"], better)
