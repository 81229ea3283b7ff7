import math

import pytest
import sacrebleu

from bench.metrics.bleu import BleuSums, chrf, translation_metrics
from bench.metrics.undefined import UndefinedMetric, warn_once

HYPOTHESES = ["The cat sat on the mat.", "A dog runs in the park today", "", "Two men are here"]
REFERENCES = [
    ["The cat sat on a mat."],
    ["a dog runs in the park", "A dog is running in the park today"],
    ["nothing"],
    ["Two men stand here", "Two people are here", "two men are there"],
]
ONE = [lines[:1] for lines in REFERENCES]


def test_bleu_by_hand():
    """7 of 9 words, 5 of 7 pairs, 3 of 5, 1 of 3; 9 words against 10: BP = exp(1 - 10/9)."""
    metric = BleuSums.of(["a b c d x", "e f g y"], [["a b c d e"], ["e f g h i"]], lowercase=False).metric()
    geometric = (7 / 9 * 5 / 7 * 3 / 5 * 1 / 3) ** 0.25
    assert metric.value == pytest.approx(100 * math.exp(1 - 10 / 9) * geometric)
    assert (metric.unit, metric.better, metric.count) == ("%", "higher", 2)


@pytest.mark.parametrize("lowercase", [False, True])
def test_one_reference_equals_the_library(lowercase):
    metric = BleuSums.of(HYPOTHESES, ONE, lowercase=lowercase).metric()
    library = sacrebleu.corpus_bleu(HYPOTHESES, [[lines[0] for lines in ONE]], lowercase=lowercase)
    assert metric.value == library.score > 10
    case = "lc" if lowercase else "mixed"
    assert metric.signature == f"nrefs:1|case:{case}|eff:no|tok:13a|smooth:exp|version:{sacrebleu.__version__}"


def test_rows_may_have_different_numbers_of_references():
    metric = BleuSums.of(HYPOTHESES, REFERENCES, lowercase=False).metric()
    assert metric.value > BleuSums.of(HYPOTHESES, ONE, lowercase=False).metric().value
    assert metric.signature.startswith("nrefs:var|")
    assert (
        BleuSums.of(HYPOTHESES[:1], [["The cat sat on the mat.", "x"]], lowercase=False)
        .metric()
        .signature.startswith("nrefs:2|")
    )


def test_sums_of_parts_are_the_corpus():
    corpus = BleuSums.of(HYPOTHESES, REFERENCES, lowercase=False)
    parts = [BleuSums.of(HYPOTHESES[a:b], REFERENCES[a:b], lowercase=False) for a, b in ((0, 1), (1, 4))]
    assert parts[0] + parts[1] == corpus
    assert (parts[0] + parts[1]).metric() == corpus.metric()
    with pytest.raises(ValueError, match="cannot be added"):
        parts[0] + BleuSums.of(HYPOTHESES, REFERENCES, lowercase=True)


def test_case_counts_only_where_it_should():
    metrics = translation_metrics(["the cat sat on the mat"], [["The Cat sat on the mat"]])
    assert metrics["bleu_lowercase"].value == pytest.approx(100)
    assert metrics["bleu"].value < 80
    assert metrics["length_ratio"].value == 1
    assert translation_metrics(["a b c"], [["a b c d e f"]])["length_ratio"].value == 0.5


def test_chrf_equals_the_library():
    metric = chrf(HYPOTHESES, ONE)
    assert metric.value == sacrebleu.corpus_chrf(HYPOTHESES, [[lines[0] for lines in ONE]]).score > 10
    assert metric.signature == f"nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{sacrebleu.__version__}"


def test_empty_outputs_and_references_are_scored():
    assert BleuSums.of(["", ""], [["a b"], ["c"]], lowercase=False).metric().value == 0
    warn_once.cache_clear()
    with pytest.warns(UndefinedMetric, match="BLEU is 0: no output has 4 words"):
        assert BleuSums.of(["one two three"], [["one two three"]], lowercase=False).metric().value == 0
    assert BleuSums.of(["", "a b c d"], [[""], ["a b c d"]], lowercase=False).metric().value == pytest.approx(100)


@pytest.mark.parametrize("score", [chrf, lambda *rows: BleuSums.of(*rows, lowercase=False), translation_metrics])
def test_what_the_library_would_score_silently_is_refused(score):
    with pytest.raises(ValueError, match="1 hypotheses and 4 rows of references"):
        score(HYPOTHESES[:1], REFERENCES)
    with pytest.raises(ValueError, match="give a list of references for each hypothesis"):
        score(HYPOTHESES[:1], ["The cat sat on the mat."])
    with pytest.raises(ValueError, match="row 1 has no reference"):
        score(HYPOTHESES[:2], [["x"], []])
    with pytest.raises(ValueError, match="at least one row"):
        score([], [])
