import itertools
import random

import pytest

from bench.metrics.error_rate import (
    edit_distance,
    exact_match,
    exact_match_counts,
    pronunciation_counts,
    pronunciation_metrics,
    speech_counts,
    speech_metrics,
)
from bench.metrics.metric import add


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 2), ("flaw", "lawn", 2), ("same", "same", 0)],
)
def test_known_distances(first, second, distance):
    assert edit_distance(first, second) == distance


def test_distance_equals_the_recursion():
    def slow(first, second):
        if not first or not second:
            return len(first) + len(second)
        return min(
            slow(first[1:], second) + 1, slow(first, second[1:]) + 1, slow(first[1:], second[1:]) + (first[0] != second[0])
        )

    words = ["".join(letters) for size in range(4) for letters in itertools.product("ab", repeat=size)]
    assert all(edit_distance(first, second) == slow(first, second) for first in words for second in words)


OUTPUTS = [["D", "AO", "G"], ["R", "IY", "D"], ["T", "AH"], []]
REFERENCES = [
    [["D", "AO", "G"]],
    [["R", "EH", "D"], ["R", "IY", "D"]],
    [["T", "AH", "M", "EY"], ["T", "AA"], ["T", "AH", "M"]],
    [["A", "B"]],
]


def test_any_reference_is_right_and_the_nearest_one_counts():
    """Edits 0, 0, 1, 2; of the two references at distance 1 the longer one (3); 3 + 3 + 3 + 2 phonemes."""
    metrics = pronunciation_metrics(pronunciation_counts(OUTPUTS, REFERENCES))
    assert metrics["word_error_rate"].value == 50
    assert metrics["exact_match"].value == 50
    assert metrics["phoneme_error_rate"].value == pytest.approx(100 * 3 / 11)
    assert metrics["phoneme_error_rate"].count == 4
    assert [metric.better for metric in metrics.values()] == ["lower", "lower", "higher"]


def test_uneven_parts_add_up():
    corpus = pronunciation_counts(OUTPUTS, REFERENCES)
    assert add(pronunciation_counts(OUTPUTS[:1], REFERENCES[:1]), pronunciation_counts(OUTPUTS[1:], REFERENCES[1:])) == corpus


def test_exact_match_is_character_by_character():
    counts = exact_match_counts(["a b", "A b", "e\u0301"], [["x", "a b"], ["a b"], ["\u00e9"]])
    assert exact_match(counts).value == pytest.approx(100 / 3)
    with pytest.raises(ValueError, match="2 hypotheses and 1 rows"):
        exact_match_counts(["a", "b"], [["a"]])
    with pytest.raises(ValueError, match="2 hypotheses and 4 rows"):
        pronunciation_counts(OUTPUTS[:2], REFERENCES)


def test_errors_of_speech_are_edits_over_characters_and_over_words():
    metrics = speech_metrics(speech_counts(["one two", "", "tree nine"], ["one two", "six", "three nine"]))
    assert metrics["character_error_rate"].value == pytest.approx(100 * (0 + 3 + 1) / (7 + 3 + 10))
    assert metrics["word_error_rate"].value == pytest.approx(100 * (0 + 1 + 1) / (2 + 1 + 2))
    assert metrics["exact_match"].value == pytest.approx(100 / 3) and metrics["exact_match"].better == "higher"
    with pytest.raises(ValueError):
        speech_counts(["one"], ["one", "two"])


def test_errors_of_speech_are_those_of_jiwer():
    jiwer = pytest.importorskip("jiwer")
    draw = random.Random(0)
    for _ in range(40):
        lines = [" ".join(draw.choices(["one", "two", "three", "tree"], k=draw.randint(1, 6))) for _ in range(14)]
        references, outputs = lines[:7], [draw.choice([line, ""]) for line in lines[7:]]
        metrics = speech_metrics(speech_counts(outputs, references))
        assert metrics["word_error_rate"].value == pytest.approx(100 * jiwer.wer(references, outputs))
        assert metrics["character_error_rate"].value == pytest.approx(100 * jiwer.cer(references, outputs))
