import random
import warnings

import pytest

from bench.data.tags.schemes import convert
from bench.metrics import entities
from bench.metrics.entities import (
    UNDEFINED,
    entity_counts,
    entity_metrics,
    name_word_counts,
    name_word_metrics,
)
from bench.metrics.metric import add
from bench.metrics.undefined import UndefinedMetric

KINDS = ("LOC", "MISC", "PER")


@pytest.fixture(autouse=True)
def every_warning():
    entities.warn_once.cache_clear()


def quiet(counts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetric)
        return entity_metrics(counts)


def score(predicted, gold, kinds=KINDS):
    return {name: metric.value for name, metric in quiet(entity_counts(predicted, gold, kinds)).items()}


def draw(seed, *, prefixes="BIO", sentences=30):
    """Random tags, most of them ill-formed, with a few words alike on both sides."""
    chance = random.Random(seed)
    tags = ["O", "O", *(f"{prefix}-{kind}" for prefix in prefixes if prefix != "O" for kind in KINDS)]
    gold = [[chance.choice(tags) for _ in range(chance.randint(1, 12))] for _ in range(sentences)]
    return [[tag if chance.random() < 0.8 else chance.choice(tags) for tag in row] for row in gold], gold


# Golden cases: gold, predicted, (correct, predicted entities, gold entities) by conlleval's rules, seqeval's strict F1 in IOB2.
CASES = {
    "equal": ("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", (2, 2, 2), 1.0),
    "wrong type": ("B-PER I-PER O", "B-LOC I-LOC O", (0, 1, 1), 0.0),
    "too short": ("B-PER I-PER O", "B-PER O O", (0, 1, 1), 0.0),
    "one of two": ("B-PER O B-LOC", "B-PER O O", (1, 1, 2), 2 / 3),
    "split": ("B-PER I-PER", "B-PER B-PER", (0, 2, 1), 0.0),
    "joined": ("B-PER B-PER", "B-PER I-PER", (0, 1, 2), 0.0),
    "leading I": ("B-PER I-PER O", "I-PER I-PER O", (1, 1, 1), 0.0),
    "I after O": ("O B-LOC O", "O I-LOC O", (1, 1, 1), 0.0),
    "I of another type": ("B-PER B-LOC", "B-PER I-LOC", (2, 2, 2), 2 / 3),
    "type changes inside": ("B-PER I-PER I-PER", "B-PER I-PER I-LOC", (0, 2, 1), 0.0),
    "nothing predicted": ("B-PER O", "O O", (0, 0, 1), 0.0),
    "invented": ("O O", "B-PER O", (0, 1, 0), 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_golden_cases(case):
    gold, predicted, expected, _ = CASES[case]
    counts = entity_counts([predicted.split()], [gold.split()], KINDS)
    assert tuple(sum(counts[f"{side}_{kind}"] for kind in KINDS) for side in ("correct", "predicted", "gold")) == expected


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore")
def test_golden_cases_in_both_modes_of_seqeval(case):
    seqeval = pytest.importorskip("seqeval.metrics")
    from seqeval.scheme import IOB2

    gold, predicted, _, strict = CASES[case]
    gold, predicted = [gold.split()], [predicted.split()]
    assert seqeval.f1_score(gold, predicted) == pytest.approx(score(predicted, gold)["entity_f1"] / 100)
    assert seqeval.f1_score(gold, predicted, mode="strict", scheme=IOB2) == pytest.approx(strict)


@pytest.mark.parametrize("prefixes", ["BIO", "IO", "BIESO"])
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.filterwarnings("ignore")
def test_random_ill_formed_tags_score_as_in_seqevals_default_mode(prefixes, seed):
    seqeval = pytest.importorskip("seqeval.metrics")
    predicted, gold = draw(seed, prefixes=prefixes)
    ours = score(predicted, gold)
    assert 0 < ours["entity_f1"] < 100
    assert ours["entity_f1"] == pytest.approx(100 * seqeval.f1_score(gold, predicted))
    assert ours["precision"] == pytest.approx(100 * seqeval.precision_score(gold, predicted))
    assert ours["recall"] == pytest.approx(100 * seqeval.recall_score(gold, predicted))
    assert ours["token_accuracy"] == pytest.approx(100 * seqeval.accuracy_score(gold, predicted))
    report = seqeval.classification_report(gold, predicted, output_dict=True)
    for kind in KINDS:
        assert ours[f"entity_f1/{kind}"] == pytest.approx(100 * report[kind]["f1-score"])


@pytest.mark.parametrize("scheme", ["IOB2", "BIOES"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore")
def test_well_formed_tags_score_as_in_seqevals_strict_mode(scheme, seed):
    seqeval = pytest.importorskip("seqeval.metrics")
    import seqeval.scheme as schemes

    strict = {"mode": "strict", "scheme": {"IOB2": schemes.IOB2, "BIOES": schemes.IOBES}[scheme]}
    predicted, gold = ([list(convert(row, scheme)) for row in side] for side in draw(seed))
    ours = score(predicted, gold)
    report = seqeval.classification_report(gold, predicted, output_dict=True, **strict)
    assert ours["entity_f1"] == pytest.approx(100 * report["micro avg"]["f1-score"])
    for kind in KINDS:
        assert ours[f"precision/{kind}"] == pytest.approx(100 * report[kind]["precision"])
        assert ours[f"recall/{kind}"] == pytest.approx(100 * report[kind]["recall"])


def test_counts_of_uneven_batches_add_up():
    predicted, gold = draw(0)
    total = {}
    for rows in (slice(0, 1), slice(1, 20), slice(20, 30)):
        total = add(total, entity_counts(predicted[rows], gold[rows], KINDS))
    assert total == entity_counts(predicted, gold, KINDS)


def test_the_total_is_over_entities_and_not_over_types():
    gold = [["B-PER", "O", "B-PER", "O", "B-PER", "O", "B-LOC"]]
    metrics = score([["B-PER", "O", "B-PER", "O", "B-PER", "O", "O"]], gold)
    assert metrics["recall"] == 75
    assert metrics["recall/PER"] == metrics["precision"] == 100
    assert metrics["recall/LOC"] == 0
    assert metrics["token_accuracy"] == pytest.approx(100 * 6 / 7)


def test_the_count_is_that_of_the_data_whatever_is_predicted():
    gold = [["B-PER", "O", "B-LOC"]]
    for guess in ("O O O", "B-PER B-PER B-PER"):
        metrics = quiet(entity_counts([guess.split()], gold, KINDS))
        assert [metrics[name].count for name in ("entity_f1", "precision", "recall", "token_accuracy")] == [2, 2, 2, 3]
        assert (metrics["precision/PER"].count, metrics["precision/MISC"].count) == (1, 0)


def test_nothing_predicted_is_zero_with_one_warning_that_names_it():
    counts = entity_counts([["O", "O"]], [["B-PER", "O"]], ["PER"])
    with pytest.warns(UndefinedMetric, match="precision, precision/PER: 0/0") as warned:
        metrics = entity_metrics(counts)
    assert len(warned) == 1
    assert metrics["precision"].value == metrics["entity_f1"].value == 0.0
    assert metrics["precision"].signature == UNDEFINED
    assert metrics["recall"].signature is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entity_metrics(counts)


def test_no_warning_where_all_is_defined():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entity_metrics(entity_counts([["B-PER"]], [["I-PER"]], ["PER"]))["entity_f1"].value == 100


def test_data_without_entities_has_zeros():
    metrics = quiet(entity_counts([["O"]], [["O"]], []))
    assert (metrics["entity_f1"].value, metrics["recall"].value, metrics["token_accuracy"].value) == (0, 0, 100)


def test_a_type_that_was_not_announced_is_refused():
    with pytest.raises(ValueError, match="'LOC' are not among the types PER"):
        entity_counts([["B-LOC"]], [["B-PER"]], ["PER"])


@pytest.mark.parametrize("predicted", [[["O"]], [["O"], ["O", "O"], ["O"]], [["O"], ["O"]]])
def test_other_sentences_are_refused(predicted):
    with pytest.raises(ValueError, match=r"same sentences|one tag a word"):
        entity_counts(predicted, [["O"], ["O", "O"]], KINDS)


def test_words_of_names():
    gold = [[True, True, False, True], [True, False, False, False, False]]
    predicted = [[True, False, True, True], [True, False, False, False, False]]
    metrics = name_word_metrics(name_word_counts(predicted, gold))
    assert metrics["word_precision"].value == 75
    assert metrics["word_recall"].value == 75
    assert metrics["word_f1"].value == 75
    assert metrics["word_accuracy"].value == pytest.approx(100 * 7 / 9)
    assert metrics["word_f1"].count == 4
    lopsided = name_word_metrics(name_word_counts([[True, True, True, False]], [[True, False, False, True]]))
    assert lopsided["word_precision"].value == pytest.approx(100 / 3)
    assert lopsided["word_recall"].value == 50


def test_words_of_names_take_numbers_and_warn_of_none():
    with pytest.warns(UndefinedMetric, match="word_precision"):
        metrics = name_word_metrics(name_word_counts([[0, 0]], [[1, 0]]))
    assert metrics["word_f1"].value == 0
    assert metrics["word_accuracy"].value == 50
