"""The forward-backward algorithm over a linear chain: exact log Z and marginals, for all sentences of a batch at once.

    w_t = exp e_t    M = exp A                        alpha_1 = exp(a) * w_1    alpha_t = (alpha_{t-1} M) * w_t
    Z = alpha_L . exp(c)                              beta_L  = exp(c)          beta_t  = M (w_{t+1} * beta_{t+1})

    p(y_t = k | x) = alpha_t(k) beta_t(k) / Z
    p(y_t-1 = j, y_t = k | x) = alpha_{t-1}(j) M_jk w_t(k) beta_t(k) / Z

w_t * beta_t is alpha of the sentence read backwards, with A transposed and a and c exchanged. So one loop runs both: a row
holds the two vectors side by side, and a step is a product with diag(M, M^T) and one with the weights.

Scaled (Rabiner 1989, section V.A): the largest e_t, A, a and c are taken out beforehand, and every `STRIDE` steps the sum
of a vector. What is taken out is put back into log Z as a logarithm, and cancels in the marginals. In float64 a tag may then
lie some 600 nats behind the best one. Where something that is possible lies further behind, the whole batch is computed
again by `bench.decoding.log_domain`, which bounds nothing and takes longer. What is forbidden by -inf is exactly 0 here.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from bench.decoding import log_domain
from bench.decoding.chain import Chain, Transitions, mirror, prepare, reversed_in_time

STRIDE = 8  # steps between two rescalings
SMALLEST = 1e-270  # what is smaller may have lost digits, or be 0 for want of range
LOWEST = torch.finfo(torch.float64).min


class Marginals(NamedTuple):
    """p(y_t = k | x), 0 in the padding, and p(y_t-1 = j, y_t = k | x) summed over all positions and sentences."""

    log_z_B: Tensor
    tag_TBK: Tensor
    pair_KK: Tensor


class _Weights(NamedTuple):
    """Exponentials, the largest 1. `taken_B` is the sum of the exponents taken out of each sentence's score."""

    word_TBK: Tensor
    transitions: Transitions
    taken_B: Tensor


class _Swept(NamedTuple):
    """alpha, D directions side by side (X = D x K); `scale_SBD` is what the S rescalings took out, each of its position."""

    alpha_TBX: Tensor
    scale_SBD: Tensor


def log_partition(emissions_BTK: Tensor, lengths_B: Tensor, transitions: Transitions) -> Tensor:
    """log_z_B = log sum_y exp score(y), float64, without gradients: the forward algorithm. -inf where nothing is allowed."""
    return chain_log_partition(prepare(emissions_BTK, lengths_B, transitions))


def chain_log_partition(chain: Chain) -> Tensor:
    weights = _weights(chain)
    if _is_on_host(chain) and _representable(chain, weights):
        first_K, matrix_KK = weights.transitions.start_K, weights.transitions.matrix_KK
        swept = _sweep(weights.word_TBK, first_K, matrix_KK, 1)
        total_B = _total(chain, weights, swept)
        if bool(total_B.min() > SMALLEST) and _nothing_vanished(swept.alpha_TBX, first_K, matrix_KK):
            return _log_z(chain, weights, swept, total_B)
    return log_domain.log_partition(chain)


def marginals(chain: Chain) -> Marginals:
    """Of a sentence that has no allowed path: log Z -inf, marginals 0."""
    weights = _weights(chain)
    scaled = _scaled_marginals(chain, weights) if _is_on_host(chain) and _representable(chain, weights) else None
    return scaled or Marginals(*log_domain.marginals(chain))


def _scaled_marginals(chain: Chain, weights: _Weights) -> Marginals | None:
    """None where float64 does not hold them."""
    mirror_M = mirror(chain)
    start_K, end_K, matrix_KK = weights.transitions
    word_TBX = torch.cat([weights.word_TBK, reversed_in_time(weights.word_TBK, mirror_M)], 2)
    first_X, matrix_XX = torch.cat([start_K, end_K]), _diagonal(matrix_KK, matrix_KK.t())
    swept = _sweep(word_TBX, first_X, matrix_XX, 2)
    alpha_TBK, later_TBK = swept.alpha_TBX.chunk(2, 2)
    later_TBK = reversed_in_time(later_TBK, mirror_M)  # w * beta
    tag_TBK = alpha_TBK * (later_TBK / weights.word_TBK)
    share_TB1 = tag_TBK.sum(2, keepdim=True)  # Z, but for what is taken out by this position
    total_B = _total(chain, weights, swept)
    enough = bool(share_TB1.min() > SMALLEST) and bool(total_B.min() > SMALLEST)
    if not (enough and _nothing_vanished(swept.alpha_TBX, first_X, matrix_XX)):
        return None
    share_TB1.reciprocal_().masked_fill_(~chain.valid_TB.unsqueeze(2), 0.0)
    tag_TBK *= share_TB1
    share_TB1[STRIDE - 1 :: STRIDE] /= swept.scale_SBD[:, :, :1]  # alpha_t is scaled there, and alpha_{t-1} M w_t is not
    product_KK = alpha_TBK[:-1].flatten(0, 1).t() @ (later_TBK * share_TB1)[1:].flatten(0, 1)
    return Marginals(_log_z(chain, weights, swept, total_B), tag_TBK, matrix_KK * product_KK)


def _weights(chain: Chain) -> _Weights:
    most_TB1 = chain.emission_TBK.amax(2, keepdim=True).clamp_(min=LOWEST)
    start, end, matrix = mosts = [part.max().clamp_(min=LOWEST) for part in chain.transitions]
    taken_B = most_TB1.sum((0, 2)) + (chain.lengths_B - 1) * matrix + (start + end)
    transitions = Transitions(*(part.sub(most).exp_() for part, most in zip(chain.transitions, mosts, strict=True)))
    return _Weights(chain.emission_TBK.sub(most_TB1).exp_(), transitions, taken_B)


def _is_on_host(chain: Chain) -> bool:
    """Elsewhere each question of whether float64 holds a number would wait for the device, longer than the other way takes."""
    return chain.emission_TBK.device.type == "cpu"


def _representable(chain: Chain, weights: _Weights) -> bool:
    """Whether each weight is one that float64 holds in full, or forbidden; emissions may not forbid."""
    if bool(weights.word_TBK.min() < SMALLEST):
        return False
    for score, weight in zip(chain.transitions, weights.transitions, strict=True):
        if bool(weight.min() < SMALLEST) and bool(((weight < SMALLEST) & (score > -torch.inf)).any()):
            return False
    return True


def _diagonal(one_KK: Tensor, other_KK: Tensor) -> Tensor:
    tags = len(one_KK)
    matrix_XX = one_KK.new_zeros(2 * tags, 2 * tags)
    matrix_XX[:tags, :tags], matrix_XX[tags:, tags:] = one_KK, other_KK
    return matrix_XX


def _sweep(word_TBX: Tensor, first_X: Tensor, matrix_XX: Tensor, directions: int) -> _Swept:
    alpha_TBX = torch.empty_like(word_TBX)
    before_BX = torch.mul(word_TBX[0], first_X, out=alpha_TBX[0])
    scales = []
    for t, (word_BX, alpha_BX) in enumerate(zip(word_TBX.unbind(0), alpha_TBX.unbind(0), strict=True)):
        if t:
            before_BX = torch.mm(before_BX, matrix_XX, out=alpha_BX).mul_(word_BX)
        if t % STRIDE == STRIDE - 1:
            vectors_BDK = alpha_BX.view(len(alpha_BX), directions, -1)
            scales.append(vectors_BDK.sum(2, keepdim=True).clamp_(min=SMALLEST))
            vectors_BDK /= scales[-1]
    shape = (0, word_TBX.size(1), directions)
    return _Swept(alpha_TBX, torch.stack(scales).squeeze(3) if scales else word_TBX.new_empty(shape))


def _total(chain: Chain, weights: _Weights, swept: _Swept) -> Tensor:
    """alpha_L . exp(c), from the first direction."""
    row_B = torch.arange(len(chain.lengths_B), device=chain.lengths_B.device)
    end_K = weights.transitions.end_K
    total_B: Tensor = swept.alpha_TBX[chain.lengths_B - 1, row_B, : len(end_K)] @ end_K
    return total_B


def _log_z(chain: Chain, weights: _Weights, swept: _Swept, total_B: Tensor) -> Tensor:
    log_scale_SB = swept.scale_SBD[:, :, 0].log() * chain.valid_TB[STRIDE - 1 :: STRIDE]
    return total_B.log() + log_scale_SB.sum(0) + weights.taken_B


def _nothing_vanished(alpha_TBX: Tensor, first_X: Tensor, matrix_XX: Tensor) -> bool:
    """Whether each tag that some path leads to has an alpha that float64 holds in full."""
    alive_TBX = alpha_TBX > SMALLEST
    if bool((alive_TBX[0] != (first_X > 0)).any()):
        return False
    if bool(alive_TBX[1:].all()):
        return True
    reached_TBX = alive_TBX[:-1].to(matrix_XX.dtype) @ (matrix_XX > 0).to(matrix_XX.dtype) > 0
    return not bool((reached_TBX & ~alive_TBX[1:]).any())
