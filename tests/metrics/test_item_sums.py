"""A test set drawn again from sums over its items scores as other libraries score the items that were drawn."""

import numpy as np
import pytest
from jiwer import wer
from sacrebleu.metrics.bleu import BLEU
from seqeval.metrics import f1_score, precision_score, recall_score
from sklearn import metrics as sklearn_metrics

from bench.metrics import item_sums
from bench.records.output_files import Scored

TAGS = ["O", "B-PER", "I-PER", "B-LOC"]
WORDS = ["a", "man", "in", "two", "blue", "shirts", "sits", "on", "the", "wall"]
CLASSES = ["cat", "dog", "fish"]
SOURCE = np.random.default_rng(7)


def rows(tokens, *, length=None):
    return [[str(token) for token in SOURCE.choice(tokens, length or SOURCE.integers(4, 9))] for _ in range(60)]


def garbled(texts, tokens):
    return [[str(SOURCE.choice(tokens)) if SOURCE.random() < 0.3 else token for token in text] for text in texts]


def scored(unit, tokens, length=None):
    right = rows(tokens, length=length)
    return Scored("test", unit, garbled(right, tokens), [[way] for way in right])


def flat(texts):
    return [token for text in texts for token in text]


def bleu(outputs, references):
    lines, ways = ([" ".join(text) for text in side] for side in (outputs, references))
    return BLEU(tokenize="none", force=True).corpus_score(lines, [ways]).score


def edits(outputs, references):
    return 100 * wer([" ".join(text) for text in references], [" ".join(text) for text in outputs])


JUDGES = {
    "entity_f1": (scored("tags", TAGS), lambda outputs, gold: 100 * f1_score(gold, outputs)),
    "precision": (scored("tags", TAGS), lambda outputs, gold: 100 * precision_score(gold, outputs)),
    "recall": (scored("tags", TAGS), lambda outputs, gold: 100 * recall_score(gold, outputs)),
    "token_accuracy": (
        scored("tags", TAGS),
        lambda outputs, gold: 100 * sklearn_metrics.accuracy_score(flat(gold), flat(outputs)),
    ),
    "word_f1": (
        scored("tags", ["0", "1"]),
        lambda outputs, gold: 100 * sklearn_metrics.f1_score(flat(gold), flat(outputs), pos_label="1"),
    ),
    "word_precision": (
        scored("tags", ["0", "1"]),
        lambda outputs, gold: 100 * sklearn_metrics.precision_score(flat(gold), flat(outputs), pos_label="1"),
    ),
    "word_recall": (
        scored("tags", ["0", "1"]),
        lambda outputs, gold: 100 * sklearn_metrics.recall_score(flat(gold), flat(outputs), pos_label="1"),
    ),
    "accuracy": (
        scored("classes", CLASSES, length=1),
        lambda outputs, gold: 100 * sklearn_metrics.accuracy_score(flat(gold), flat(outputs)),
    ),
    "macro_f1": (
        scored("classes", CLASSES, length=1),
        lambda outputs, gold: 100 * sklearn_metrics.f1_score(flat(gold), flat(outputs), average="macro"),
    ),
    "bleu": (scored("13a", WORDS), bleu),
    "bleu_lowercase": (scored("13a lower-cased", WORDS), bleu),
    "phoneme_error_rate": (scored("phonemes", WORDS), edits),
    "character_error_rate": (scored("characters", WORDS), edits),
    "word_error_rate": (
        scored("phonemes", WORDS),
        lambda outputs, gold: 100 * np.mean([output != way for output, way in zip(outputs, gold, strict=True)]),
    ),
    "exact_match": (
        scored("13a", WORDS),
        lambda outputs, gold: 100 * np.mean([output == way for output, way in zip(outputs, gold, strict=True)]),
    ),
}


@pytest.mark.filterwarnings("ignore:.*seems not to be NE tag")
@pytest.mark.parametrize("metric", JUDGES)
def test_drawn_items_score_as_another_library_scores_them(metric):
    kept, judge = JUDGES[metric]
    sums = item_sums.of(kept, metric)
    draw = SOURCE.integers(60, size=60)
    times = np.bincount(draw, minlength=60).astype(float)
    outputs, gold = [kept.outputs[item] for item in draw], [kept.references[item][0] for item in draw]
    assert sums.score((times @ sums.sums_SK)[None])[0] == pytest.approx(judge(outputs, gold))
    assert sums.whole() == pytest.approx(judge(list(kept.outputs), [ways[0] for ways in kept.references]))


def test_every_metric_of_items_has_a_judge():
    assert {*item_sums.METRICS} - {"word_accuracy"} == {*JUDGES}  # which is the token accuracy of two classes


def test_of_several_pronunciations_the_nearest_counts():
    kept = Scored("test", "phonemes", [["a", "b"], ["c"]], [[["a", "x"], ["a", "b", "c", "d"]], [["c"], ["d", "e"]]])
    assert item_sums.of(kept, "phoneme_error_rate").sums_SK.tolist() == [[1, 2], [0, 1]]
    assert item_sums.of(kept, "word_error_rate").whole() == 50.0


@pytest.mark.parametrize(
    ("unit", "metric"), [("13a lower-cased", "bleu"), ("13a", "bleu_lowercase"), ("phonemes", "bleu"), ("tags", "perplexity")]
)
def test_outputs_that_do_not_say_it_give_nothing(unit, metric):
    assert item_sums.of(Scored("test", unit, [["a"]], [[["a"]]]), metric) is None
