"""Viterbi: the best tag sequence of a linear chain, exactly.

    s_1(k) = a_k + e_1(k)        s_t(k) = e_t(k) + max_j (s_{t-1}(j) + A_jk)        best = max_k (s_L(k) + c_k)
    y_L = argmax_k (s_L(k) + c_k)        y_{t-1} = argmax_j (s_{t-1}(j) + A_{j, y_t})

(Viterbi 1967; Forney 1973.) The back-pointer argmax_j is made on the way back, for the one tag that is followed, rather than
for all K on the way there, where it would cost more than the maximum itself. The end is one more tag, END: it follows the last
word, c_k leads to it, and it fills the padding. Sums are float64. Among equals any may come.

It does not know where scores come from: a conditional random field, a hidden Markov model, or zeros and -inf alone, which
makes it a constraint on independent softmaxes. Scores are not probabilities: subtract `log_partition` for log p.
Axes: J = K + 1 tags, END the last.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from bench.decoding.chain import Chain, Transitions, prepare
from bench.decoding.forward_backward import log_partition
from bench.decoding.viterbi_n_best import viterbi_n_best

__all__ = ["Transitions", "log_partition", "viterbi", "viterbi_n_best"]


@torch.no_grad()
def viterbi(emissions_BTK: Tensor, lengths_B: Tensor, transitions: Transitions) -> tuple[Tensor, Tensor]:
    """(tags_BT int64, 0 in the padding; score_B float64, -inf where nothing is allowed).

    Lengths are at least 1. The padding of the emissions may be anything.
    """
    chain = prepare(emissions_BTK, lengths_B, transitions)
    matrix_JJ = _with_end(chain.transitions)
    score_TJB, score_B = _search(chain, matrix_JJ)
    return _follow(score_TJB, matrix_JJ), score_B


def _with_end(transitions: Transitions) -> Tensor:
    matrix_JJ = pad(transitions.matrix_KK, (0, 1, 0, 1), value=-torch.inf)
    matrix_JJ[:-1, -1], matrix_JJ[-1, -1] = transitions.end_K, 0.0
    return matrix_JJ


def _search(chain: Chain, matrix_JJ: Tensor) -> tuple[Tensor, Tensor]:
    """s_t, and that of END behind them all. The batch is the last axis: a step then works on whole rows of memory."""
    only_end_J = pad(torch.full_like(chain.transitions.end_K, -torch.inf), (0, 1))
    emission_TJB = pad(chain.emission_TBK.transpose(1, 2), (0, 0, 0, 1), value=-torch.inf)
    score_TJB = torch.where(chain.valid_TB.unsqueeze(1), emission_TJB, only_end_J.unsqueeze(1))
    score_TJB[0, :-1] += chain.transitions.start_K.unsqueeze(1)
    matrix_JJ1 = matrix_JJ.unsqueeze(2)
    before_JB, *rest = score_TJB.unbind()
    for score_JB in rest:
        before_JB = score_JB.add_((before_JB.unsqueeze(1) + matrix_JJ1).amax(0))
    return score_TJB, (before_JB + matrix_JJ[:, -1:]).amax(0)


def _follow(score_TJB: Tensor, matrix_JJ: Tensor) -> Tensor:
    """tags_BT, from END backwards."""
    before_JJ, end = matrix_JJ.t().contiguous(), len(matrix_JJ) - 1
    score_TBJ = score_TJB.transpose(1, 2).contiguous()
    tags = [torch.full_like(score_TBJ[0, :, 0], end, dtype=torch.int64)]
    for score_BJ in reversed(score_TBJ.unbind()):
        tags.append(before_JJ.index_select(0, tags[-1]).add_(score_BJ).argmax(1))
    tags_BT = torch.stack(tags[:0:-1], 1)
    return tags_BT.masked_fill_(tags_BT == end, 0)
