import itertools
import math
import random
import statistics

import pytest
import torch

from bench.baselines.hmm import HiddenMarkov
from bench.baselines.hmm_counts import TagCounts
from bench.baselines.hmm_spelling import capitalisation, count_nodes, longest_known, nodes, posteriors

OUT, LOC, PER = range(3)
SENTENCES = [
    (["Ann", "saw", "Oslo", "."], [PER, OUT, LOC, OUT]),
    (["Bob", "Ray", "saw", "Ann"], [PER, PER, OUT, PER]),
    (["Oslo", "."], [LOC, OUT]),
    (["walked", "home"], [OUT, OUT]),
    (["Washington"], [LOC]),
    (["Washington", "talked"], [PER, OUT]),
]
UNKNOWN = ["Norton", "jumped", "1996", "", "?!"]


def model(**settings):
    return HiddenMarkov(3, **settings).fit(SENTENCES)


def score(hmm, words, tags):
    """log p(words, tags), read off the definition."""
    emissions = hmm.emissions(words).tolist()
    steps = [hmm.matrix_KK[a, b].item() for a, b in itertools.pairwise(tags)]
    ends = hmm.start_K[tags[0]].item() + hmm.end_K[tags[-1]].item()
    return ends + sum(steps) + sum(row[tag] for row, tag in zip(emissions, tags, strict=True))


def padded(hmm, rows):
    lengths_B = torch.tensor([len(words) for words in rows])
    emissions_BTK = torch.full((len(rows), int(lengths_B.max()), hmm.tags), 99.0)
    for row, words in enumerate(rows):
        emissions_BTK[row, : len(words)] = hmm.emissions(words)
    return emissions_BTK, lengths_B


ROWS = [["Ann", "jumped", "Norton", "."], ["Washington"], ["saw", "?!", "Oslo"], ["home", "home", "Bob", "Bob", "1996"]]


def test_forward_likelihood_equals_the_sum_over_all_tags():
    hmm = model()
    log_likelihood_B = hmm.log_likelihood(*padded(hmm, ROWS))
    for words, log_likelihood in zip(ROWS, log_likelihood_B.tolist(), strict=True):
        paths = itertools.product(range(3), repeat=len(words))
        assert log_likelihood == pytest.approx(
            math.log(math.fsum(math.exp(score(hmm, words, path)) for path in paths)), abs=1e-4
        )


def test_tags_are_the_best_of_all():
    hmm = model(smoothing=0.7)
    tags_BT = hmm.tag(*padded(hmm, ROWS))
    for words, tags in zip(ROWS, tags_BT.tolist(), strict=True):
        best = max(itertools.product(range(3), repeat=len(words)), key=lambda path: score(hmm, words, path))
        assert tuple(tags[: len(words)]) == best


def test_transitions_are_smoothed_counts():
    start_K, end_K, matrix_KK = (table.exp() for table in model(smoothing=0.5).transitions())
    assert start_K.tolist() == pytest.approx([1.5 / 7.5, 2.5 / 7.5, 3.5 / 7.5])
    # LOC is followed by OUT twice and by the end once; PER by OUT three times, by PER and by the end once.
    assert matrix_KK[LOC].tolist() == pytest.approx([2.5 / 5, 0.5 / 5, 0.5 / 5])
    assert end_K[LOC].item() == pytest.approx(1.5 / 5)
    assert matrix_KK[PER].tolist() == pytest.approx([3.5 / 7, 0.5 / 7, 1.5 / 7])
    assert torch.allclose(matrix_KK.sum(1) + end_K, torch.ones(3))


def test_known_words_and_unknown_add_up_to_one_for_each_tag():
    hmm = model(spelling_weight=0.8)
    words = sorted({word for words, _ in SENTENCES for word in words})
    any_unknown_K = hmm.emission_EK[len(words)].exp()
    assert torch.allclose(hmm.emissions(words).exp().sum(0) + any_unknown_K, torch.ones(3), atol=1e-6)


def test_the_share_of_unknown_words_is_that_of_words_seen_once():
    hmm = model()
    words = TagCounts.of(SENTENCES, 3).words
    once, total = sum(sum(row) == 1 for row in words.values()), sum(sum(row) for row in words.values())
    assert (once, total) == (5, 15)
    share = (once + 1) / (total + 2)
    # P(tag) = u P(tag | rare) / p(unknown | tag) by Bayes' rule, and adds up to 1 for this u alone.
    rare = torch.tensor(posteriors(words, longest=5, rare=10, smoothing=0.1)[""])
    assert (share * rare / hmm.emission_EK[len(words)].exp()).sum().item() == pytest.approx(1, abs=1e-5)


def test_without_weight_of_spelling_a_known_word_has_only_the_tags_it_was_seen_with():
    emission_K = model(spelling_weight=0.0).emissions(["Washington"])[0]
    assert emission_K[OUT] == -math.inf
    assert emission_K[LOC] > emission_K[PER] > -math.inf  # as often under both, and LOC is the rarer tag
    assert model(spelling_weight=0.5).emissions(["Washington"]).isfinite().all()


def test_unknown_words_follow_their_spelling():
    hmm = model()
    assert hmm.emissions(["jumped"]).argmax() == OUT  # ends as walked and talked do
    assert hmm.emissions(["Barrington"]).argmax() != OUT  # ends as Washington does
    assert hmm.emissions(UNKNOWN).isfinite().all()
    assert torch.equal(hmm.emissions(["Qqqq"]), hmm.emissions(["Xxxx"]))
    assert not torch.equal(hmm.emissions(["Qqqq"]), hmm.emissions(["qqqq"]))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("oslo", "l"), ("Oslo", "t"), ("OSLO", "u"), ("U.S.", "u"), ("I", "t"), ("McRay", "m"), ("iOS", "m"), ("'Tis", "m"),
        ("1996", "n"), ("1,5", "n"), ("--", "p"), ("", "p"), ("Éa", "t"), ("名", "l"), ("A4", "t"), ("x2", "l"),
    ],
)  # fmt: skip
def test_capitalisation_classes(word, kind):
    assert capitalisation(word) == kind


def test_a_word_is_reached_by_longer_and_longer_suffixes():
    assert nodes("Oslo", 2) == ["", "t", "to", "tlo"]
    assert nodes("ab", 9) == ["", "l", "lb", "lab"]
    assert longest_known("Malmo", count_nodes({"Oslo": [1, 0]}, longest=3, rare=1), 3) == "to"
    assert longest_known("malmo", count_nodes({"Oslo": [1, 0]}, longest=3, rare=1), 3) == ""


def test_suffixes_of_rare_words_alone_are_counted():
    words = {"Oslo": [0, 3], "Malmo": [1, 1]}
    assert count_nodes(words, longest=1, rare=2) == {"": [1, 1], "t": [1, 1], "to": [1, 1]}
    assert count_nodes(words, longest=1, rare=1) == {"": [1, 4], "t": [1, 4], "to": [1, 4]}


def test_posteriors_of_suffixes_by_hand():
    words = {"ba": [1, 0], "ca": [1, 1], "Bo": [0, 1]}
    by_node = posteriors(words, longest=1, rare=9, smoothing=1.0)
    root = [3 / 6, 3 / 6]
    theta = 0.01  # two equally likely tags have no deviation
    assert by_node[""] == pytest.approx(root)
    assert by_node["t"] == pytest.approx([(0 + theta * 0.5) / (1 + theta), (1 + theta * 0.5) / (1 + theta)])
    skewed = posteriors({"ba": [2, 0], "ca": [1, 1]}, longest=1, rare=9, smoothing=0.5)
    theta = statistics.stdev([3.5 / 5, 1.5 / 5])
    of_class = [(3 / 4 + theta * 3.5 / 5) / (1 + theta), (1 / 4 + theta * 1.5 / 5) / (1 + theta)]
    assert skewed["l"] == pytest.approx(of_class)
    assert skewed["la"] == pytest.approx(
        [(3 / 4 + theta * of_class[0]) / (1 + theta), (1 / 4 + theta * of_class[1]) / (1 + theta)]
    )


def test_the_state_is_the_whole_model():
    from safetensors.torch import load, save

    hmm, other = model(), HiddenMarkov(3)
    other.load_state_dict(load(save(hmm.state_dict())))
    words = ["Ann", "Oslo", *UNKNOWN]
    assert torch.equal(other.emissions(words), hmm.emissions(words))
    emissions_BTK, lengths_B = padded(hmm, ROWS)
    assert torch.equal(other.log_likelihood(emissions_BTK, lengths_B), hmm.log_likelihood(emissions_BTK, lengths_B))


def test_fitting_again_forgets():
    hmm = model().fit(SENTENCES[:1])
    assert torch.equal(hmm.emission_EK, HiddenMarkov(3).fit(SENTENCES[:1]).emission_EK)


def test_it_learns_a_model_that_it_samples_from():
    chance = random.Random(1)
    matrix = [[0.8, 0.2], [0.4, 0.6]]
    sentences = []
    for _ in range(2000):
        tags = [chance.randrange(2)]
        while len(tags) < 6:
            tags.append(int(chance.random() < matrix[tags[-1]][1]))
        sentences.append(([f"{'ab'[tag]}{chance.randrange(3)}" if chance.random() < 0.9 else "c" for tag in tags], tags))
    hmm = HiddenMarkov(2).fit(sentences)
    rows = hmm.matrix_KK.exp()
    assert torch.allclose(rows / rows.sum(1, keepdim=True), torch.tensor(matrix), atol=0.03)
    assert hmm.emissions(["c"]).exp().flatten().tolist() == pytest.approx([0.1, 0.1], abs=0.015)
    assert hmm.emissions(["a0"])[0, 0].exp().item() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("settings", [{"smoothing": 0.0}, {"spelling_weight": -1.0}, {"longest_suffix": -1}, {"rare": 0}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="is no hidden Markov model; give"):
        HiddenMarkov(3, **settings)


@pytest.mark.parametrize(
    ("sentences", "match"),
    [
        ([], "no sentence to count"),
        ([([], [])], "sentence 0 has 0 words"),
        ([(["a"], [0]), (["a"], [0, 1])], "sentence 1 has 1 words and 2 tags"),
        ([(["a"], [3])], "has tag 3; allowed are 0 to 2"),
        ([(["a", "b"], [0, -1])], "has tag -1"),
    ],
)
def test_what_cannot_be_counted_is_refused(sentences, match):
    with pytest.raises(ValueError, match=match):
        TagCounts.of(sentences, 3)


def test_nothing_counted_yet():
    with pytest.raises(ValueError, match="call fit"):
        HiddenMarkov(3).emissions(["a"])
