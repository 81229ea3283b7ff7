"""Linear-chain conditional random field: an output layer that scores whole tag sequences.

    p(y | x) = exp score(y) / Z(x)      score(y) = a_{y_1} + sum_t e_t(y_t) + sum_t A_{y_t-1, y_t} + c_{y_L}
    loss = log Z - score(y)             d loss / d e_t(k) = p(y_t = k | x) - [y_t = k]
                                        d loss / d A_jk   = sum_t p(y_t-1 = j, y_t = k | x) - [y_t-1 = j, y_t = k]

(Lafferty et al. 2001; on top of a bidirectional LSTM, Huang et al. 2015, arXiv:1508.01991, and Lample et al. 2016,
arXiv:1603.01360, equation 1.) Z and the marginals are exact, by `bench.decoding.forward_backward`, and the gradient is made
together with the loss. It is not differentiable twice.

It neither makes the emissions nor decodes: `scores` is what `bench.decoding.viterbi` reads.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from bench.cells.ranges import at_least_one
from bench.decoding.chain import Chain, Transitions, prepare
from bench.decoding.forward_backward import chain_log_partition, marginals

BROKEN = 10_000.0  # nats for a forbidden transition in a target


class CRF(nn.Module):
    """`allowed` says in booleans which tags may begin and end a sentence and follow each other; None: all.

    What is forbidden scores -inf, and sequences that contain it have no part in Z. Targets that contain it all the same cost
    `BROKEN` each time, not infinitely much. All weights start at 0: the layer then is a softmax at each position.
    """

    forbidden_start_K: Tensor | None

    def __init__(self, tags: int, *, allowed: Transitions | None) -> None:
        super().__init__()
        at_least_one("tags", tags)
        self.start_K = nn.Parameter(torch.zeros(tags))
        self.end_K = nn.Parameter(torch.zeros(tags))
        self.matrix_KK = nn.Parameter(torch.zeros(tags, tags))
        for name, weight in self._weights()._asdict().items():
            mask = None if allowed is None else ~_checked(name, getattr(allowed, name), weight)
            self.register_buffer(f"forbidden_{name}", mask, persistent=False)

    def nll(self, emissions_BTK: Tensor, targets_BT: Tensor, lengths_B: Tensor) -> Tensor:
        """-log p(y | x), summed over the sentences, in nats: float32, or float64 for float64, under autocast too.

        Lengths are at least 1. What lies in the padding may be anything.
        """
        labels = (targets_BT, lengths_B, torch.is_grad_enabled())
        loss: Tensor = _NLL.apply(emissions_BTK, *self._transitions(), labels)  # type: ignore[no-untyped-call]
        return loss

    @torch.no_grad()
    def scores(self) -> Transitions:
        """What decoding reads, without gradients."""
        return Transitions(*(part.detach() for part in self._transitions()))

    def _weights(self) -> Transitions:
        return Transitions(self.start_K, self.end_K, self.matrix_KK)

    def _transitions(self) -> Transitions:
        weights = self._weights()
        if self.forbidden_start_K is None:
            return weights
        masks = (self.get_buffer(f"forbidden_{name}") for name in Transitions._fields)
        return Transitions(*(weight.masked_fill(mask, -torch.inf) for weight, mask in zip(weights, masks, strict=True)))


def _checked(name: str, allowed: Tensor, weight: Tensor) -> Tensor:
    if allowed.dtype != torch.bool or allowed.shape != weight.shape:
        shape, expected = tuple(allowed.shape), tuple(weight.shape)
        raise ValueError(f"allowed.{name} of {allowed.dtype} {shape} is refused: give booleans of shape {expected}.")
    return allowed


class _NLL(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        emissions_BTK: Tensor,
        start_K: Tensor,
        end_K: Tensor,
        matrix_KK: Tensor,
        labels: tuple[Tensor, Tensor, bool],
    ) -> Tensor:
        targets_BT, lengths_B, with_gradients = labels
        chain = prepare(emissions_BTK, lengths_B, Transitions(start_K, end_K, matrix_KK))
        path = _Path.of(chain, targets_BT)
        if with_gradients:
            log_z_B, tag_TBK, pair_KK = marginals(chain)
            gradients = _gradients(chain, path, tag_TBK, pair_KK)
            inputs = (emissions_BTK, start_K, end_K, matrix_KK)
            ctx.save_for_backward(*(gradient.to(tensor.dtype) for gradient, tensor in zip(gradients, inputs, strict=True)))
        else:
            log_z_B = chain_log_partition(chain)
        loss = log_z_B.sum() - _score(chain, path)
        return loss.to(torch.float64 if emissions_BTK.dtype == torch.float64 else torch.float32)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return *(saved * gradient for saved in ctx.saved_tensors), None


class _Path(NamedTuple):
    """The targets of all sentences, 0 in the padding; their last ones; and their moves, as places in the flat matrix."""

    tag_TB: Tensor
    last_B: Tensor
    move_TB: Tensor

    @classmethod
    def of(cls, chain: Chain, targets_BT: Tensor) -> "_Path":
        tag_TB = targets_BT.t().masked_fill(~chain.valid_TB, 0)
        last_B = tag_TB.gather(0, (chain.lengths_B - 1).unsqueeze(0)).squeeze(0)
        move_TB = tag_TB[:-1] * chain.emission_TBK.size(2) + tag_TB[1:]
        return cls(tag_TB, last_B, move_TB)


def _score(chain: Chain, path: _Path) -> Tensor:
    """score(y), summed over the sentences."""
    start_K, end_K, matrix_KK = (part.clamp(min=-BROKEN) for part in chain.transitions)
    words = chain.emission_TBK.gather(2, path.tag_TB.unsqueeze(2)).sum()  # emissions are 0 in the padding
    moves = matrix_KK.take(path.move_TB).masked_fill(~chain.valid_TB[1:], 0.0).sum()
    return words + moves + (start_K.take(path.tag_TB[0]) + end_K.take(path.last_B)).sum()


def _gradients(chain: Chain, path: _Path, tag_TBK: Tensor, pair_KK: Tensor) -> tuple[Tensor, ...]:
    """Of the emissions [B, T, K], start, end and matrix: what is expected less what is there. The marginals are overwritten."""
    tag_TBK.scatter_add_(2, path.tag_TB.unsqueeze(2), -chain.valid_TB.unsqueeze(2).to(tag_TBK.dtype))
    counted_M = chain.valid_TB[1:].flatten().to(pair_KK.dtype)
    pair_KK.view(-1).sub_(torch.zeros_like(pair_KK).view(-1).index_add_(0, path.move_TB.flatten(), counted_M))
    last_BK = tag_TBK[chain.lengths_B - 1, torch.arange(tag_TBK.size(1), device=tag_TBK.device)]
    return tag_TBK.transpose(0, 1).contiguous(), tag_TBK[0].sum(0), last_BK.sum(0), pair_KK
