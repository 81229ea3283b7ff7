"""The negative log-likelihood that all nets share."""

import pytest
import torch

from bench.errors import Refusal
from bench.nets.net import as_net, nll


def test_bfloat16_logits_are_summed_in_float32() -> None:
    """A sum kept in bfloat16 would be off by whole nats: it has 8 bits."""
    logits_BTV = torch.randn(8, 64, 5, generator=torch.Generator().manual_seed(0)).bfloat16()
    targets_BT = torch.zeros(8, 64, dtype=torch.long)
    nll_sum, count = nll(logits_BTV, targets_BT, None)
    expected = -logits_BTV.double().log_softmax(2)[..., 0].sum()
    assert nll_sum.dtype == torch.float32 and count.dtype == torch.long
    assert abs(float(nll_sum) - float(expected)) < 0.01


def test_no_valid_position_is_a_sum_and_a_count_of_zero() -> None:
    nll_sum, count = nll(torch.randn(2, 3, 5), torch.full((2, 3), -1), torch.tensor([0, 0]))
    assert float(nll_sum) == 0.0 and int(count) == 0


def test_what_is_no_net_is_told_so() -> None:
    with pytest.raises(
        Refusal, match=r"^net\._target_ makes a Linear, which is no net: derive it from bench\.nets\.net\.Net\.$"
    ):
        as_net(torch.nn.Linear(1, 1))
