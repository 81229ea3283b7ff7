"""Forward-backward with every number as its logarithm: for scores of any range, at several times the time.

    log alpha_t(k) = e_t(k) + logsumexp_j (log alpha_{t-1}(j) + A_jk)

and the same backwards; see `bench.decoding.forward_backward` for the equations and for the usual, scaled way.
"""

import torch
from torch import Tensor

from bench.decoding.chain import Chain, mirror, reversed_in_time


def log_partition(chain: Chain) -> Tensor:
    start_K, end_K, matrix_KK = chain.transitions
    return _last(chain, _sweep(chain.emission_TBK, start_K, matrix_KK) + chain.emission_TBK + end_K).logsumexp(1)


def marginals(chain: Chain) -> tuple[Tensor, Tensor, Tensor]:
    """log_z_B, tag_TBK and pair_KK; marginals are 0 where log Z is -inf."""
    (start_K, end_K, matrix_KK), mirror_M = chain.transitions, mirror(chain)
    alpha_TBK = _sweep(chain.emission_TBK, start_K, matrix_KK) + chain.emission_TBK
    reversed_TBK = _sweep(reversed_in_time(chain.emission_TBK, mirror_M), end_K, matrix_KK.t())
    beta_TBK = reversed_in_time(reversed_TBK, mirror_M)
    log_z_B = _last(chain, alpha_TBK + end_K).logsumexp(1)
    share_TBK = beta_TBK - log_z_B.masked_fill(log_z_B == -torch.inf, torch.inf).unsqueeze(1)
    share_TBK = share_TBK.masked_fill(~chain.valid_TB.unsqueeze(2), -torch.inf)
    pair_KK = torch.zeros_like(matrix_KK)
    for before_BK, later_BK in zip(alpha_TBK[:-1], (share_TBK + chain.emission_TBK)[1:], strict=True):
        pair_KK += (before_BK.unsqueeze(2) + matrix_KK + later_BK.unsqueeze(1)).exp_().sum(0)
    return log_z_B, (alpha_TBK + share_TBK).exp_(), pair_KK


def _sweep(emission_TBK: Tensor, first_K: Tensor, matrix_KK: Tensor) -> Tensor:
    """log alpha without each position's own emission: what leads to a tag."""
    led_BK = first_K.expand_as(emission_TBK[0])
    swept = [led_BK]
    for emission_BK in emission_TBK[:-1]:
        led_BK = ((led_BK + emission_BK).unsqueeze(2) + matrix_KK).logsumexp(1)
        swept.append(led_BK)
    return torch.stack(swept)


def _last(chain: Chain, x_TBK: Tensor) -> Tensor:
    return x_TBK[chain.lengths_B - 1, torch.arange(len(chain.lengths_B), device=chain.lengths_B.device)]
