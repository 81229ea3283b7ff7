"""Metrics of a test set as sums over its items, from the outputs that are kept: so that the items can be drawn again.

A metric of a corpus is a function of sums over its items (an F1's entities, BLEU's n-grams, a row's edits), never a mean of
scores. Items are sentences, rows or texts, as the outputs are kept (`bench.records.output_files.Scored`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq
from typing import TYPE_CHECKING

from bench.metrics.error_rate import edit_distance, pronunciation_counts
from bench.records.output_files import Scored
from bench.stats.resampling import Score

if TYPE_CHECKING:
    from bench.stats.resampling import Sums

Tokens = Sequence[str]
Members = frozenset[object]
LOWER_CASED = "lower-cased"
BLEU = ("bleu", "bleu_lowercase")
MACRO_F1, EXACT_MATCH = "macro_f1", "exact_match"
NAMED = ("tags", "classes", "phonemes", "words", "characters")
"""Units that are not a tokeniser of BLEU's."""


@dataclass(frozen=True)
class ItemSums:
    """`sums_SK` of each item and the `score` over their sums."""

    sums_SK: Sums
    score: Score

    def whole(self) -> float:
        """The score of the test set as it is."""
        return float(self.score(self.sums_SK.sum(0)[None])[0])


def of(scored: Scored, metric: str) -> ItemSums | None:
    """None where these outputs do not say what the metric is made of."""
    if metric in BLEU:
        alike = scored.unit not in NAMED and scored.unit.endswith(LOWER_CASED) == (metric == "bleu_lowercase")
        return _bleu(scored) if alike else None
    if (scored.unit, metric) == ("classes", MACRO_F1):
        return _macro_f1(scored)
    share = SHARES.get((scored.unit, metric)) or (_exact_match if metric == EXACT_MATCH else None)
    return None if share is None else _of_shares(scored, share)


def exact(unit: str, metric: str) -> bool:
    """Whether the tokens say all that the metric asks: two lines that differ may have the same words."""
    return metric != EXACT_MATCH or unit in NAMED


def _of_shares(scored: Scored, share: Callable[[Tokens, Sequence[Tokens]], tuple[float, float]]) -> ItemSums:
    """A percentage: of each item the part and the whole."""
    import numpy as np

    pairs = zip(scored.outputs, scored.references, strict=True)
    return ItemSums(np.array([share(output, ways) for output, ways in pairs], dtype=np.float64), _percent)


def _percent(sums_RK: Sums) -> Sums:
    """0 where there is nothing, as the metrics have it."""
    import numpy as np

    return 100 * sums_RK[:, 0] / np.maximum(sums_RK[:, 1], 1.0)


@lru_cache(maxsize=2**16)  # runs write the same tags for most sentences
def _entities(tags: tuple[str, ...]) -> Members:
    from bench.data.tags.schemes import spans

    return frozenset(spans(tags))


def _name_words(tags: tuple[str, ...]) -> Members:
    return frozenset(position for position, tag in enumerate(tags) if tag == "1")


def _f1(output: Members, gold: Members) -> tuple[float, float]:
    return 2.0 * len(output & gold), float(len(output) + len(gold))


def _precision(output: Members, gold: Members) -> tuple[float, float]:
    return float(len(output & gold)), float(len(output))


def _recall(output: Members, gold: Members) -> tuple[float, float]:
    return float(len(output & gold)), float(len(gold))


def _over(
    members: Callable[[tuple[str, ...]], Members], sides: Callable[[Members, Members], tuple[float, float]]
) -> Callable[[Tokens, Sequence[Tokens]], tuple[float, float]]:
    return lambda output, ways: sides(members(tuple(output)), members(tuple(ways[0])))


def _right(output: Tokens, ways: Sequence[Tokens]) -> tuple[float, float]:
    return float(sum(map(eq, output, ways[0]))), float(len(ways[0]))


def _exact_match(output: Tokens, ways: Sequence[Tokens]) -> tuple[float, float]:
    return float(list(output) in [list(way) for way in ways]), 1.0


def _wrong(output: Tokens, ways: Sequence[Tokens]) -> tuple[float, float]:
    return 1.0 - _exact_match(output, ways)[0], 1.0


def _edits(output: Tokens, ways: Sequence[Tokens]) -> tuple[float, float]:
    return float(edit_distance(output, ways[0])), float(len(ways[0]))


def _phoneme_edits(output: Tokens, ways: Sequence[Tokens]) -> tuple[float, float]:
    counts = pronunciation_counts([output], [ways])
    return counts["edits"], counts["phonemes"]


SHARES: dict[tuple[str, str], Callable[[Tokens, Sequence[Tokens]], tuple[float, float]]] = {
    ("tags", "entity_f1"): _over(_entities, _f1),
    ("tags", "precision"): _over(_entities, _precision),
    ("tags", "recall"): _over(_entities, _recall),
    ("tags", "token_accuracy"): _right,
    ("tags", "word_f1"): _over(_name_words, _f1),
    ("tags", "word_precision"): _over(_name_words, _precision),
    ("tags", "word_recall"): _over(_name_words, _recall),
    ("tags", "word_accuracy"): _right,
    ("classes", "accuracy"): _right,
    ("phonemes", "word_error_rate"): _wrong,
    ("phonemes", "phoneme_error_rate"): _phoneme_edits,
    ("characters", "character_error_rate"): _edits,
}
"""(unit of the outputs, metric) -> of one item the part and the whole, of which the metric is the percentage."""
METRICS = tuple(dict.fromkeys([*(metric for _, metric in SHARES), MACRO_F1, EXACT_MATCH, *BLEU]))
"""Metrics that are sums over items."""


def _macro_f1(scored: Scored) -> ItemSums:
    """Of each item one-hot rows of the class that was given, the one that is right, and both where they agree."""
    import numpy as np

    given = [output[0] for output in scored.outputs]
    right = [ways[0][0] for ways in scored.references]
    classes = sorted({*given, *right})
    given_SK, right_SK = (np.array([[float(name == kind) for kind in classes] for name in side]) for side in (given, right))
    return ItemSums(np.concatenate([given_SK, right_SK, given_SK * right_SK], 1), _mean_f1)


def _mean_f1(sums_RK: Sums) -> Sums:
    """Over the classes that occur on either side."""
    import numpy as np

    given_RK, right_RK, both_RK = np.split(sums_RK, 3, axis=1)
    occurring_RK = given_RK + right_RK > 0
    f1_RK = 2 * both_RK / np.maximum(given_RK + right_RK, 1.0)
    scores_R: Sums = 100 * f1_RK.sum(1) / occurring_RK.sum(1)
    return scores_R


def _bleu(scored: Scored) -> ItemSums:
    """Tokens are joined by spaces, and are not taken apart again."""
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU as Bleu

    scorer = Bleu(tokenize="none", force=True)
    lines, references = joined(scored)
    per_line = [scorer.corpus_score([line], [[way] for way in ways]) for line, ways in zip(lines, references, strict=True)]
    sums = [(*line.counts, *line.totals, line.sys_len, line.ref_len) for line in per_line]
    return ItemSums(np.array(sums, dtype=np.float64), _bleu_of_sums)


def joined(scored: Scored) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Outputs and references as lines for sacrebleu, with its tokeniser `none`."""
    lines = tuple(" ".join(tokens) for tokens in scored.outputs)
    return lines, tuple(tuple(" ".join(way) for way in ways) for ways in scored.references)


def _bleu_of_sums(sums_RK: Sums) -> Sums:
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU as Bleu

    def score(sums: Sequence[int]) -> float:
        return float(Bleu.compute_bleu(list(sums[:4]), list(sums[4:8]), sums[8], sums[9], smooth_method="exp").score)

    return np.array([score([round(value) for value in sums_K]) for sums_K in sums_RK])
