"""log Z and the marginals against the sum over all sequences, scaled and in the log domain."""

import enumerated
import pytest
import torch

from bench.decoding import forward_backward, log_domain
from bench.decoding.chain import Transitions, prepare
from bench.decoding.forward_backward import log_partition, marginals

LENGTHS, TAGS = [3, 1, 5, 2], 4


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture
def scaled_only(monkeypatch):
    monkeypatch.setattr(log_domain, "log_partition", lambda *_: pytest.fail("fell back to the log domain"))
    monkeypatch.setattr(log_domain, "marginals", lambda *_: pytest.fail("fell back to the log domain"))


def defined(emissions_BTK, lengths_B, transitions):
    """log Z and its gradients, which are the marginals, by enumeration; those of forbidden transitions are 0."""
    inputs = [emissions_BTK.clone().requires_grad_(), *(part.clone().requires_grad_() for part in transitions)]
    log_z_B = enumerated.log_z(inputs[0], lengths_B, inputs[1:])
    emission, start, end, matrix = torch.autograd.grad(log_z_B.sum(), inputs)
    return log_z_B.detach(), emission.nan_to_num(), start, end, matrix


def check(actual, expected):
    log_z_B, emission_BTK, start_K, _, matrix_KK = expected
    torch.testing.assert_close(actual.log_z_B, log_z_B)
    torch.testing.assert_close(actual.tag_TBK.transpose(0, 1), emission_BTK)
    torch.testing.assert_close(actual.tag_TBK[0].sum(0), start_K)
    torch.testing.assert_close(actual.pair_KK, matrix_KK)


@pytest.mark.parametrize("forbidding", [False, True])
@pytest.mark.parametrize("stride", [1, 3, 8])
def test_scaled(scaled_only, monkeypatch, stride, forbidding):
    monkeypatch.setattr(forward_backward, "STRIDE", stride)
    emissions_BTK, lengths_B, transitions = enumerated.chain(LENGTHS, TAGS, scale=3.0)
    if forbidding:
        transitions = enumerated.forbid(transitions)
    expected = defined(emissions_BTK, lengths_B, transitions)
    check(marginals(prepare(emissions_BTK, lengths_B, Transitions(*transitions))), expected)
    torch.testing.assert_close(log_partition(emissions_BTK, lengths_B, Transitions(*transitions)), expected[0])


@pytest.mark.parametrize("forbidding", [False, True])
def test_log_domain(forbidding):
    emissions_BTK, lengths_B, transitions = enumerated.chain(LENGTHS, TAGS, scale=3.0)
    if forbidding:
        transitions = enumerated.forbid(transitions)
    chain, expected = (
        prepare(emissions_BTK, lengths_B, Transitions(*transitions)),
        defined(emissions_BTK, lengths_B, transitions),
    )
    check(forward_backward.Marginals(*log_domain.marginals(chain)), expected)
    torch.testing.assert_close(log_domain.log_partition(chain), expected[0])


@pytest.mark.parametrize("part", ["emissions", "start", "end", "matrix"])
def test_a_path_that_float64_cannot_weigh_still_counts(part):
    """Tag 1 lies 2,000 nats behind somewhere and 8,000 ahead elsewhere, and no other tag leads to it."""
    emissions_BTK, lengths_B, transitions = enumerated.chain([4, 2], TAGS)
    transitions[2][:, 1] = transitions[2][1] = -torch.inf
    transitions[2][1, 1] = 0.0
    behind = {"emissions": emissions_BTK[:, 0], "start": transitions[0], "end": transitions[1], "matrix": transitions[2][1]}
    behind[part][..., 1] = -2000.0
    (emissions_BTK[:, 0] if part != "emissions" else emissions_BTK[:, 1])[..., 1] += 8000.0
    expected = defined(emissions_BTK, lengths_B, transitions)
    assert (expected[1][:, 0, 1] > 0.99).all()
    check(marginals(prepare(emissions_BTK, lengths_B, Transitions(*transitions))), expected)
    torch.testing.assert_close(log_partition(emissions_BTK, lengths_B, Transitions(*transitions)), expected[0])


def test_a_path_that_fades_step_by_step_still_counts():
    """Tag 1 loses 10 nats a position over 200 positions, and the end allows nothing else."""
    emissions_BTK = torch.zeros(1, 200, 2, dtype=torch.float64)
    emissions_BTK[0, :, 1] = -10.0
    apart_KK = torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]])
    transitions = Transitions(torch.zeros(2), torch.tensor([-3000.0, 0.0]), apart_KK)
    assert log_partition(emissions_BTK, torch.tensor([200]), transitions).item() == pytest.approx(-2000)
    result = marginals(prepare(emissions_BTK, torch.tensor([200]), transitions))
    assert (result.tag_TBK[:, 0, 1] == 1).all()
    assert result.pair_KK[1, 1].item() == pytest.approx(199)


def test_emissions_may_forbid():
    emissions_BTK, lengths_B, transitions = enumerated.chain([3, 2], TAGS)
    emissions_BTK[0, 1, :3] = -torch.inf
    expected = enumerated.log_z(emissions_BTK, lengths_B, transitions)
    torch.testing.assert_close(log_partition(emissions_BTK, lengths_B, Transitions(*transitions)), expected)


def test_no_path_at_all_is_minus_infinity_for_that_sentence_alone():
    emissions_BTK, lengths_B, transitions = enumerated.chain([3, 1], TAGS)
    transitions[2][:] = -torch.inf
    result = marginals(prepare(emissions_BTK, lengths_B, Transitions(*transitions)))
    assert result.log_z_B[0] == -torch.inf
    torch.testing.assert_close(result.log_z_B[1], enumerated.log_z(emissions_BTK[1:], lengths_B[1:], transitions)[0])
    assert (result.tag_TBK[:, 0] == 0).all()
    torch.testing.assert_close(result.tag_TBK[0, 1].sum().item(), 1.0)
    assert (result.pair_KK == 0).all()


def test_five_thousand_positions(scaled_only):
    """Equal scores: K^T sequences, and every tag as likely as another."""
    emissions_BTK = torch.full((2, 5000, TAGS), 7.0)
    transitions = Transitions(torch.zeros(TAGS), torch.zeros(TAGS), torch.full((TAGS, TAGS), -2.0))
    lengths_B = torch.tensor([5000, 10])
    result = marginals(prepare(emissions_BTK, lengths_B, transitions))
    expected = [length * (torch.tensor(float(TAGS)).log().item() + 7) - 2 * (length - 1) for length in (5000, 10)]
    assert result.log_z_B.tolist() == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(result.tag_TBK[:, 0], torch.full((5000, TAGS), 1 / TAGS, dtype=torch.float64))
    assert result.pair_KK.sum().item() == pytest.approx(4999 + 9)


@pytest.mark.parametrize("lengths", [[0, 2], [2, 4]])
def test_lengths_outside_the_batch_are_refused(lengths):
    zeros = Transitions(torch.zeros(2), torch.zeros(2), torch.zeros(2, 2))
    with pytest.raises(ValueError, match="lengths from 1 to T, here 3"):
        log_partition(torch.zeros(2, 3, 2), torch.tensor(lengths), zeros)
