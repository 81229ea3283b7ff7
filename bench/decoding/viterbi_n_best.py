"""The N best tag sequences of a linear chain, exactly: Viterbi in which each tag keeps its N best ways.

    s_1(k, 1) = a_k + e_1(k)        s_t(k, n) = e_t(k) + the n-th largest of s_{t-1}(j, m) + A_jk, over j and m

(Forney 1973 for N = 1; Seshadri and Sundberg 1994, the parallel algorithm.) Two ways to a tag differ somewhere, so all N
sequences do. A place is a tag with a rank; each keeps a back-pointer to the place before. Sums are float64.
Axes: N = n best, P = N x K places.
"""

import torch
from torch import Tensor

from bench.decoding.chain import Chain, Transitions, prepare


@torch.no_grad()
def viterbi_n_best(emissions_BTK: Tensor, lengths_B: Tensor, transitions: Transitions, n: int) -> tuple[Tensor, Tensor]:
    """(tags_BNT int64, 0 in the padding; score_BN float64), the best first. A score of -inf: there is no such sequence."""
    if n < 1:
        raise ValueError(f"n={n} is refused: give an integer of at least 1.")
    chain = prepare(emissions_BTK, lengths_B, transitions)
    score_TBP, back_TBP = _search(chain, n)
    row_B = torch.arange(len(lengths_B), device=lengths_B.device)
    last_BP = score_TBP[lengths_B - 1, row_B] + chain.transitions.end_K.repeat(n)
    score_BN, index_BN = last_BP.topk(n, 1)
    return _follow(chain, back_TBP, index_BN), score_BN


def _search(chain: Chain, n: int) -> tuple[Tensor, Tensor]:
    """The score of each place, and the place before it; in the padding a place comes from itself."""
    steps, rows, tags = chain.emission_TBK.shape
    start_K, _, matrix_KK = chain.transitions
    matrix_PK = matrix_KK.repeat(n, 1)
    score_TBNK = chain.emission_TBK.new_full((steps, rows, n, tags), -torch.inf)
    score_TBNK[0, :, 0] = start_K + chain.emission_TBK[0]
    back_TBNK = torch.empty_like(score_TBNK, dtype=torch.int64)
    for t in range(1, steps):
        sums_BPK = score_TBNK[t - 1].view(rows, -1, 1) + matrix_PK
        torch.topk(sums_BPK, n, 1, out=(score_TBNK[t], back_TBNK[t]))
        score_TBNK[t] += chain.emission_TBK[t].unsqueeze(1)
    itself_P = torch.arange(n * tags, device=back_TBNK.device)
    return score_TBNK.flatten(2), torch.where(chain.valid_TB.unsqueeze(2), back_TBNK.flatten(2), itself_P)


def _follow(chain: Chain, back_TBP: Tensor, index_BN: Tensor) -> Tensor:
    """tags_BNT of the sequences that end at these places."""
    places = [index_BN]
    for back_BP in back_TBP[1:].flip(0).unbind():
        places.append(back_BP.gather(1, places[-1]))
    tags_BNT = torch.stack(places[::-1], 2) % chain.emission_TBK.size(2)
    return tags_BNT.masked_fill_(~chain.valid_TB.t().unsqueeze(1), 0)
