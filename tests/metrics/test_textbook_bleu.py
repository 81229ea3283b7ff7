import math

import pytest

from bench.metrics.metric import add
from bench.metrics.textbook_bleu import bleu_d2l, precision, textbook_counts, textbook_metric

LABEL, PREDICTION = list("ABCDEF"), list("ABBCD")


def test_the_worked_example():
    assert [precision(PREDICTION, LABEL, order) for order in (1, 2, 3, 4)] == [4 / 5, 3 / 4, 1 / 3, 0]
    brevity = math.exp(1 - 6 / 5)
    assert bleu_d2l(PREDICTION, LABEL, 2) == pytest.approx(100 * brevity * 0.8**0.5 * 0.75**0.25)
    assert bleu_d2l(PREDICTION, LABEL, 4) == 0


def test_the_label_itself_is_perfect_and_longer_is_not_penalised_for_length():
    assert bleu_d2l(LABEL, LABEL, 4) == 100
    assert bleu_d2l(["va", "!"], ["va", "!"], 4) == 100
    assert bleu_d2l(["A", "B", "C"], ["A", "B"], 1) == pytest.approx(100 * (2 / 3) ** 0.5)
    assert bleu_d2l([], LABEL, 2) == 0


def test_sums_over_sequences_add_up():
    rows = [PREDICTION, LABEL, ["A"]]
    corpus = textbook_metric(textbook_counts(rows, [LABEL] * 3, 2))
    parts = add(textbook_counts(rows[:1], [LABEL], 2), textbook_counts(rows[1:], [LABEL] * 2, 2))
    assert textbook_metric(parts).value == pytest.approx(corpus.value)
    assert corpus.count == 3
