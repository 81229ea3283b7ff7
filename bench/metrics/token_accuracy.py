"""Tags that are no names, each on its own: how many are right, and which is taken for which."""

from collections import Counter
from collections.abc import Sequence

from bench.metrics.entities import check_sentences, percent
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric


def token_counts(predicted: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> Counts:
    """Sums over sentences: words, and those whose tag is right. Raises ValueError unless both are the same sentences."""
    check_sentences(predicted, gold)
    right = [
        guess == truth
        for guesses, truths in zip(predicted, gold, strict=True)
        for guess, truth in zip(guesses, truths, strict=True)
    ]
    return {"words": float(len(right)), "right_words": float(sum(right))}


def token_metrics(counts: Counts) -> dict[str, Metric]:
    """token_accuracy, in percent of the words."""
    return {"token_accuracy": percent(counts["right_words"], counts["words"], int(counts["words"]))}


def tag_confusion(predicted: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> Matrix:
    """Words by the tag in the data (rows) and the predicted tag (columns), over the tags that occur on either side."""
    check_sentences(predicted, gold)
    pairs = Counter(
        (truth, guess)
        for guesses, truths in zip(predicted, gold, strict=True)
        for guess, truth in zip(guesses, truths, strict=True)
    )
    tags = sorted({tag for pair in pairs for tag in pair})
    values = [[float(pairs[truth, guess]) for guess in tags] for truth in tags]
    return Matrix("confusion", "Tags: rows in the data, columns predicted", tags, tags, values)
