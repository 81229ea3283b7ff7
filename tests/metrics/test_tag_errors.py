import random

import pytest

from bench.data.tags.schemes import Span
from bench.metrics.entities import entity_counts
from bench.metrics.tag_errors import NOTHING, OUTCOMES, Outcome, confusion, errors_by_type, outcomes, pair

KINDS = ("LOC", "PER")


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B-PER I-PER O", "B-PER I-PER O", [("exact", "PER", "PER")]),
        ("B-PER I-PER O", "B-LOC I-LOC O", [("wrong_type", "PER", "LOC")]),
        ("B-PER I-PER O", "B-PER O O", [("wrong_boundary", "PER", "PER")]),
        ("B-PER I-PER O", "O B-PER I-PER", [("wrong_boundary", "PER", "PER")]),
        ("B-PER I-PER O", "B-LOC O O", [("wrong_both", "PER", "LOC")]),
        ("B-PER I-PER O", "O O O", [("missed", "PER", "")]),
        ("O O O", "B-LOC O O", [("invented", "", "LOC")]),
        ("B-PER O O", "O B-PER O", [("missed", "PER", ""), ("invented", "", "PER")]),
        ("B-PER I-PER O", "B-PER B-PER O", [("wrong_boundary", "PER", "PER"), ("invented", "", "PER")]),
        ("B-PER B-PER", "B-PER I-PER", [("wrong_boundary", "PER", "PER"), ("missed", "PER", "")]),
    ],
)
def test_each_outcome(gold, predicted, expected):
    assert sorted(outcomes([predicted.split()], [gold.split()]).elements()) == sorted(Outcome(*outcome) for outcome in expected)


def test_a_better_match_goes_before_an_earlier_one():
    gold = [Span("PER", 0, 3)]
    predicted = [Span("LOC", 0, 1), Span("PER", 1, 3)]
    assert pair(gold, predicted) == [
        ("wrong_boundary", gold[0], predicted[1]),
        ("invented", None, predicted[0]),
    ]


def draw():
    chance = random.Random(0)
    tags = ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    gold = [[chance.choice(tags) for _ in range(10)] for _ in range(200)]
    return [[tag if chance.random() < 0.7 else chance.choice(tags) for tag in row] for row in gold], gold


def test_outcomes_add_up_to_the_entities_that_are_scored():
    predicted, gold = draw()
    outcome_counts = outcomes(predicted, gold)
    counts = entity_counts(predicted, gold, KINDS)
    assert {outcome.name for outcome in outcome_counts} == set(OUTCOMES)
    assert outcome_counts == outcomes(predicted[:7], gold[:7]) + outcomes(predicted[7:], gold[7:])
    for kind in KINDS:
        assert sum(n for outcome, n in outcome_counts.items() if outcome.gold == kind) == counts[f"gold_{kind}"]
        assert sum(n for outcome, n in outcome_counts.items() if outcome.predicted == kind) == counts[f"predicted_{kind}"]
        assert outcome_counts[Outcome("exact", kind, kind)] == counts[f"correct_{kind}"]


def test_confusion_has_the_data_in_rows():
    predicted = [["B-LOC", "O", "B-LOC", "O", "B-PER"]]
    gold = [["B-PER", "O", "O", "O", "B-PER"]]
    matrix = confusion(outcomes(predicted, gold), KINDS)
    assert matrix.rows == matrix.columns == ["LOC", "PER", NOTHING]
    assert matrix.values == [[0, 0, 0], [1, 1, 0], [1, 0, 0]]


def test_errors_of_a_type_are_those_of_the_data_and_its_inventions():
    predicted = [["B-LOC", "O", "B-LOC", "O", "B-PER"], ["O"]]
    gold = [["B-PER", "O", "O", "O", "B-PER"], ["B-LOC"]]
    matrix = errors_by_type(outcomes(predicted, gold), KINDS)
    rows = {kind: dict(zip(matrix.columns, row, strict=True)) for kind, row in zip(matrix.rows, matrix.values, strict=True)}
    nothing = dict.fromkeys(OUTCOMES, 0)
    assert rows["LOC"] == nothing | {"missed": 1, "invented": 1}
    assert rows["PER"] == nothing | {"exact": 1, "wrong_type": 1}


def test_other_sentences_are_refused():
    with pytest.raises(ValueError, match="one tag a word"):
        outcomes([["O", "O"]], [["O"]])
