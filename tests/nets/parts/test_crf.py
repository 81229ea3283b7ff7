"""The CRF's loss and gradients against the sum over all sequences."""

import enumerated
import pytest
import torch

from bench.decoding.viterbi import Transitions, viterbi
from bench.nets.parts.crf import BROKEN, CRF

LENGTHS, TAGS = [3, 1, 5, 2], 4


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def allowed():
    zeros = [torch.zeros(shape) for shape in ((TAGS,), (TAGS,), (TAGS, TAGS))]
    return Transitions(*(part == 0 for part in enumerated.forbid(zeros)))


def layer(dtype=torch.float64, legal=None):
    crf = CRF(TAGS, allowed=legal).to(dtype)
    for weight in crf.parameters():
        torch.nn.init.normal_(weight)
    return crf


def data(dtype=torch.float64, lengths=LENGTHS):
    """Emissions with nan and targets with -100 in the padding; targets that `allowed` allows."""
    emissions_BTK, lengths_B, _ = enumerated.chain(lengths, TAGS, dtype)
    targets_BT = torch.full(emissions_BTK.shape[:2], -100)
    for row, length in enumerate(lengths):
        targets_BT[row, :length] = torch.tensor([1, 2, 2, 3, 3])[:length]
    return emissions_BTK.requires_grad_(), targets_BT, lengths_B


def defined(crf, emissions_BTK, targets_BT, lengths_B):
    """The loss by enumeration, differentiable."""
    transitions = crf._transitions()
    rows = enumerated.rows(emissions_BTK, lengths_B)
    gold = [enumerated.score(row, tags[: len(row)].tolist(), transitions) for row, tags in zip(rows, targets_BT, strict=True)]
    return enumerated.log_z(emissions_BTK, lengths_B, transitions).sum() - sum(gold)


def gradients(loss, crf, emissions_BTK):
    return torch.autograd.grad(2 * loss, [emissions_BTK, *crf.parameters()])


@pytest.mark.parametrize("legal", [None, allowed()], ids=["all allowed", "some forbidden"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_loss_and_gradients(dtype, legal):
    crf, batch = layer(dtype, legal), data(dtype)
    ours, theirs = crf.nll(*batch), defined(crf, *batch)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, theirs)
    for ours_gradient, theirs_gradient in zip(gradients(ours, crf, batch[0]), gradients(theirs, crf, batch[0]), strict=True):
        torch.testing.assert_close(ours_gradient, theirs_gradient.nan_to_num())
    with torch.no_grad():
        torch.testing.assert_close(crf.nll(*batch), ours)


@pytest.mark.parametrize("legal", [None, allowed()], ids=["all allowed", "some forbidden"])
def test_gradcheck(legal):
    crf, (emissions_BTK, targets_BT, lengths_B) = layer(legal=legal), data()
    emissions_BTK = emissions_BTK.detach().nan_to_num().requires_grad_()

    def loss(emissions_BTK, *weights):
        named = dict(zip((name for name, _ in crf.named_parameters()), weights, strict=True))
        return torch.func.functional_call(
            _Loss(crf), {f"crf.{name}": w for name, w in named.items()}, (emissions_BTK, targets_BT, lengths_B)
        )

    assert torch.autograd.gradcheck(loss, (emissions_BTK, *crf.parameters()))


class _Loss(torch.nn.Module):
    def __init__(self, crf):
        super().__init__()
        self.crf = crf

    def forward(self, *batch):
        return self.crf.nll(*batch)


def test_a_row_is_independent_of_its_batch_mates_and_padding():
    crf, (emissions_BTK, targets_BT, lengths_B) = layer(), data()
    together = crf.nll(emissions_BTK, targets_BT, lengths_B)
    gradient_BTK, *_ = gradients(together, crf, emissions_BTK)
    alone = 0.0
    for row, length in enumerate(LENGTHS):
        words_BTK = emissions_BTK[row : row + 1, :length].detach().requires_grad_()
        loss = crf.nll(words_BTK, targets_BT[row : row + 1, :length], lengths_B[row : row + 1])
        torch.testing.assert_close(gradients(loss, crf, words_BTK)[0][0], gradient_BTK[row, :length])
        assert (gradient_BTK[row, length:] == 0).all()
        alone += loss
    torch.testing.assert_close(alone, together)


def test_at_the_start_a_softmax_at_each_position():
    emissions_BTK, targets_BT, lengths_B = data()
    expected = torch.nn.functional.cross_entropy(
        emissions_BTK.flatten(0, 1).nan_to_num(), targets_BT.flatten(), reduction="sum"
    )
    torch.testing.assert_close(CRF(TAGS, allowed=None).nll(emissions_BTK, targets_BT, lengths_B), expected)


def test_five_thousand_positions_in_float32():
    crf, lengths_B = layer(torch.float32, allowed()), torch.tensor([5000, 1])
    emissions_BTK = (5 * torch.randn(2, 5000, TAGS)).requires_grad_()
    best_BT, score_B = viterbi(emissions_BTK, lengths_B, crf.scores())
    loss = crf.nll(emissions_BTK, best_BT, lengths_B)
    gradients = torch.autograd.grad(loss, [emissions_BTK, *crf.parameters()])
    assert loss.dtype == torch.float32
    assert 0 < loss < score_B[0]
    assert all(part.isfinite().all() for part in gradients)
    torch.testing.assert_close(gradients[0].sum(2), torch.zeros(2, 5000), rtol=0, atol=1e-5)  # probabilities less one target
    torch.testing.assert_close(gradients[3].sum(), torch.tensor(0.0), rtol=0, atol=1e-2)


def test_bfloat16_emissions_under_autocast_keep_float32_sums():
    crf, (emissions_BTK, targets_BT, lengths_B) = layer(torch.float32), data(torch.float32)
    low_BTK = emissions_BTK.detach().bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        ours = crf.nll(low_BTK, targets_BT, lengths_B)
    exact = defined(crf, low_BTK.float(), targets_BT, lengths_B)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, exact)
    for ours_gradient, theirs_gradient, weight in zip(
        gradients(ours, crf, low_BTK), gradients(exact, crf, low_BTK), [low_BTK, *crf.parameters()], strict=True
    ):
        assert ours_gradient.dtype == weight.dtype
        torch.testing.assert_close(
            ours_gradient,
            theirs_gradient.nan_to_num(),
            rtol=1e-2 if ours_gradient.dtype == torch.bfloat16 else 1.3e-6,
            atol=1e-5,
        )


def test_targets_that_are_forbidden_cost_much_and_train_on():
    crf, (emissions_BTK, targets_BT, lengths_B) = layer(legal=allowed()), data()
    targets_BT[0, 0], targets_BT[2, 4] = 2, 0
    loss = crf.nll(emissions_BTK, targets_BT, lengths_B)
    assert 2 * BROKEN - 100 < loss < 2 * BROKEN + 200
    by_parameter = gradients(loss, crf, emissions_BTK)
    assert all(part.isfinite().all() for part in by_parameter)
    assert all((part[~legal] == 0).all() for part, legal in zip(by_parameter[1:], allowed(), strict=True))


def test_scores_forbid_and_are_otherwise_the_weights():
    crf = layer(legal=allowed())
    for score, weight, legal in zip(crf.scores(), crf.parameters(), allowed(), strict=True):
        assert not score.requires_grad
        assert torch.equal(score, weight.masked_fill(~legal, -torch.inf))
    assert set(crf.state_dict()) == {"start_K", "end_K", "matrix_KK"}


def test_what_is_no_mask_is_refused():
    start_K, end_K, matrix_KK = allowed()
    with pytest.raises(ValueError, match=r"allowed.end_K of torch.bool \(3,\) is refused: give booleans of shape \(4,\)"):
        CRF(TAGS, allowed=Transitions(start_K, end_K[:3], matrix_KK))
    with pytest.raises(ValueError, match=r"allowed.matrix_KK of torch.float32"):
        CRF(TAGS, allowed=Transitions(start_K, end_K, matrix_KK.float()))
    with pytest.raises(ValueError, match="tags=0"):
        CRF(0, allowed=None)
