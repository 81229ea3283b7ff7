"""Attention against its equations in float64, one query and one source position at a time."""

import pytest
import torch
from torch import Tensor

from bench.nets.parts.attention import KINDS, Attention

B, Q, S, H, E = 3, 4, 5, 6, 6
LENGTHS = torch.tensor([5, 1, 3])


def setting(kind: str) -> tuple[Attention, Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    attention = Attention(kind, query_size=H, memory_size=E).double()
    valid_BS = torch.arange(S) < LENGTHS.unsqueeze(1)
    return attention, torch.randn(B, Q, H).double(), torch.randn(B, S, E).double(), valid_BS


def score(attention: Attention, query_H: Tensor, memory_E: Tensor) -> Tensor:
    if attention.kind == "dot":
        return query_H @ memory_E
    if attention.kind == "general":
        return query_H @ attention.key @ memory_E
    inner_H = attention.query @ query_H + attention.query_bias + attention.key @ memory_E
    return attention.vector @ inner_H.tanh()


@pytest.mark.parametrize("kind", KINDS)
def test_equals_its_equation_at_every_length(kind: str) -> None:
    attention, query_BQH, memory_BSE, valid_BS = setting(kind)
    context_BQE, weights_BQS = attention(query_BQH, attention.prepare(memory_BSE), memory_BSE, valid_BS)
    for b, length in enumerate(LENGTHS.tolist()):
        for q in range(Q):
            scores = torch.stack([score(attention, query_BQH[b, q], memory_BSE[b, s]) for s in range(length)])
            expected_S = scores.softmax(0)
            torch.testing.assert_close(weights_BQS[b, q, :length].double(), expected_S, rtol=1e-5, atol=1e-6)
            assert (weights_BQS[b, q, length:] == 0).all()
            expected_E = expected_S @ memory_BSE[b, :length]
            torch.testing.assert_close(context_BQE[b, q], expected_E, rtol=1e-5, atol=1e-6)


def test_dot_of_unequal_sizes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"net\.attention=dot is refused with decoder states of 6 .* 8"):
        Attention("dot", query_size=6, memory_size=8)
    assert Attention("general", query_size=6, memory_size=8).prepare(torch.zeros(1, 2, 8)).shape == (1, 2, 6)
