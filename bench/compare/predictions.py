"""The outputs of a run as sums of each sentence, from what lies beside its record; checked against the record's own score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING

from bench.records import output_files
from bench.records.output_files import Scored
from bench.records.record import Record
from bench.stats.resampling import Score
from bench.tables import TableError
from bench.tables.tuning import Metric, value_of

if TYPE_CHECKING:
    from bench.stats.resampling import Sums

F1, ACCURACY, BLEU = ("entity_f1", "word_f1"), ("token_accuracy",), ("bleu", "bleu_lowercase")
TOLERANCE = 1e-6
"""How far the score of the files may lie from the record's, in percent: rounding only."""


@dataclass(frozen=True)
class Predictions:
    """`sums_SK` of each sentence and the `score` over their sums; `lines` and `references` of a translation, as tokens."""

    sums_SK: Sums
    score: Score
    lines: tuple[str, ...] = ()
    references: tuple[tuple[str, ...], ...] = ()


def check(metric: Metric) -> None:
    """Raises TableError for a metric that cannot be computed by sentence here."""
    if metric.name not in (*F1, *ACCURACY, *BLEU):
        raise TableError(
            f"{metric.key} cannot be compared by sentence: give a folder scored by one of {', '.join((*F1, *ACCURACY, *BLEU))}."
        )


def read(folder: Path, record: Record, *, metric: Metric) -> Predictions | None:
    """The outputs of one run; None where there are none. Raises TableError where the record was not scored on them."""
    scored = output_files.read(folder, record)
    if scored is None or scored.split != metric.split:
        return None
    predictions = _translations(scored) if metric.name in BLEU else _tags(scored, metric)
    score, recorded = float(predictions.score(predictions.sums_SK.sum(0)[None])[0]), value_of(record, metric)
    if recorded is None or abs(score - recorded) > TOLERANCE:
        raise TableError(
            f"the outputs of run {record.run_id} in {folder} score {metric.name} {score:.4f}, but its record says {recorded}: "
            "they belong to another run, so delete the record and repeat the run."
        )
    return predictions


def _tags(scored: Scored, metric: Metric) -> Predictions:
    import numpy as np

    sums = []
    for predicted, (gold,) in zip(scored.outputs, scored.references, strict=True):
        if metric.name in ACCURACY:
            sums.append((float(sum(map(eq, predicted, gold))), float(len(gold))))
            continue
        kind = _entities if metric.name == "entity_f1" else _name_words
        expected, predicted_items = kind(gold), kind(predicted)
        sums.append((2.0 * len(expected & predicted_items), float(len(expected) + len(predicted_items))))
    return Predictions(np.array(sums), _percent)


def _entities(tags: Sequence[str]) -> set[object]:
    from bench.data.tags.schemes import spans

    return set(spans(tags))


def _name_words(tags: Sequence[str]) -> set[object]:
    return {position for position, tag in enumerate(tags) if tag == "1"}


def _percent(sums_RK: Sums) -> Sums:
    import numpy as np

    return 100 * sums_RK[:, 0] / np.maximum(sums_RK[:, 1], 1.0)


def _translations(scored: Scored) -> Predictions:
    """Tokens are joined by spaces, and are not taken apart again."""
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU as Bleu

    lines = tuple(" ".join(tokens) for tokens in scored.outputs)
    references = tuple(tuple(" ".join(way) for way in ways) for ways in scored.references)
    scorer = Bleu(tokenize="none", force=True)
    per_sentence = [scorer.corpus_score([line], [[way] for way in ways]) for line, ways in zip(lines, references, strict=True)]
    sums = [(*statistics.counts, *statistics.totals, statistics.sys_len, statistics.ref_len) for statistics in per_sentence]
    return Predictions(np.array(sums, dtype=np.float64), _bleu, lines, references)


def _bleu(sums_RK: Sums) -> Sums:
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU

    def score(sums: Sequence[int]) -> float:
        return float(BLEU.compute_bleu(list(sums[:4]), list(sums[4:8]), sums[8], sums[9], smooth_method="exp").score)

    return np.array([score([round(value) for value in sums_K]) for sums_K in sums_RK])
