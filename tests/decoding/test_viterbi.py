"""The best sequences against all sequences, sorted."""

import enumerated
import pytest
import torch

from bench.decoding.viterbi import Transitions, viterbi, viterbi_n_best

LENGTHS, TAGS = [3, 1, 5, 2], 4


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture(params=[False, True], ids=["all allowed", "some forbidden"])
def case(request):
    emissions_BTK, lengths_B, transitions = enumerated.chain(LENGTHS, TAGS)
    return emissions_BTK, lengths_B, Transitions(*(enumerated.forbid(transitions) if request.param else transitions))


def sorted_rows(emissions_BTK, lengths_B, transitions):
    """For each sentence its sequences with finite scores, the best first: (score, path)."""
    for row_LK in enumerated.rows(emissions_BTK, lengths_B):
        paths, score_P = enumerated.everything(row_LK, transitions)
        yield sorted(
            ((score, path) for score, path in zip(score_P.tolist(), paths, strict=True) if score > -torch.inf), reverse=True
        )


def test_the_best(case):
    tags_BT, score_B = viterbi(*case)
    for tag_T, score, ((expected_score, path), *_) in zip(tags_BT.tolist(), score_B.tolist(), sorted_rows(*case), strict=True):
        assert score == pytest.approx(expected_score)
        assert tag_T == [*path, *[0] * (len(tag_T) - len(path))]


@pytest.mark.parametrize("n", [1, 3, 30])
def test_n_best(case, n):
    """30 is more than a sentence of one or two words has."""
    tags_BNT, score_BN = viterbi_n_best(*case, n)
    steps = tags_BNT.size(2)
    for tag_NT, score_N, expected in zip(tags_BNT.tolist(), score_BN.tolist(), sorted_rows(*case), strict=True):
        sequences = min(n, len(expected))
        assert score_N[:sequences] == pytest.approx([score for score, _ in expected[:sequences]])
        assert tag_NT[:sequences] == [[*path, *[0] * (steps - len(path))] for _, path in expected[:sequences]]
        assert score_N[sequences:] == [-torch.inf] * (n - sequences)


def test_a_row_is_independent_of_its_batch_mates(case):
    emissions_BTK, lengths_B, transitions = case
    tags_BT, score_B = viterbi(*case)
    tags_BNT, score_BN = viterbi_n_best(*case, 3)
    for row, length in enumerate(LENGTHS):
        alone = (emissions_BTK[row : row + 1, :length], lengths_B[row : row + 1], transitions)
        assert torch.equal(viterbi(*alone)[0][0], tags_BT[row, :length])
        assert torch.equal(viterbi(*alone)[1][0], score_B[row])
        assert torch.equal(viterbi_n_best(*alone, 3)[1][0], score_BN[row])
        assert torch.equal(viterbi_n_best(*alone, 3)[0][0], tags_BNT[row, :, :length])


def test_scores_are_exact_after_five_thousand_positions():
    """Float32 sums of this size are wrong by whole nats; the choices here differ by a hundredth."""
    emissions_BTK = torch.full((1, 5000, 2), 1000.0)
    better_T = torch.randint(2, (5000,))
    emissions_BTK[0, torch.arange(5000), better_T] += 0.01
    zeros = Transitions(torch.zeros(2), torch.zeros(2), torch.zeros(2, 2))
    tags_BT, score_B = viterbi(emissions_BTK, torch.tensor([5000]), zeros)
    assert torch.equal(tags_BT[0], better_T)
    assert score_B.item() == pytest.approx(5e6 + 50, abs=1)
    assert torch.equal(viterbi_n_best(emissions_BTK, torch.tensor([5000]), zeros, 2)[0][0, 0], better_T)


def test_the_emissions_are_left_as_they_are():
    emissions_BTK, lengths_B, transitions = enumerated.chain([1], TAGS)
    before = emissions_BTK.clone()
    viterbi(emissions_BTK, lengths_B, Transitions(*transitions))
    viterbi_n_best(emissions_BTK, lengths_B, Transitions(*transitions), 2)
    assert torch.equal(emissions_BTK, before)


def test_nothing_allowed():
    emissions_BTK, lengths_B, transitions = enumerated.chain([3, 1], TAGS)
    transitions[2][:] = -torch.inf
    for tags, score in (
        viterbi(emissions_BTK, lengths_B, Transitions(*transitions)),
        viterbi_n_best(emissions_BTK, lengths_B, Transitions(*transitions), 1),
    ):
        assert score.flatten()[0] == -torch.inf
        assert score.flatten()[1].isfinite()
        assert 0 <= tags.min() <= tags.max() < TAGS


def test_no_best_are_refused():
    emissions_BTK, lengths_B, transitions = enumerated.chain([2], TAGS)
    with pytest.raises(ValueError, match="n=0 is refused"):
        viterbi_n_best(emissions_BTK, lengths_B, Transitions(*transitions), 0)
