"""A memory that is a matrix: keys with their values, which fade, are overwritten, and are read by queries. In chunks.

    S_t = (I - b_t k_t k_t') diag(a_t) S_{t-1} + b_t k_t v_t'           o_t = S_t' q_t               of each head, S is K x D

with any of its parts left out: a_t one number a key, one a head, or none (nothing fades); b_t the rate at which what a key held
is overwritten, or none, and then S_t = diag(a_t) S_{t-1} + k_t v_t'. With a bonus u the step's own value is read through it,
and the memory as it was before: o_t = S_{t-1}' q_t + (q_t . u * k_t) v_t.

Overwriting is writing another value: with w_t = b_t (v_t - (diag(a_t) S_{t-1})' k_t) it is S_t = diag(a_t) S_{t-1} + k_t w_t'.
Let A_t be the sum of log a up to t, counted from the start of a chunk, and S_0 the memory there. Then

    S_t = diag(e^A_t) S_0 + sum_{s <= t} diag(e^(A_t - A_s)) k_s w_s'
    o_t = S_0' (e^A_t * q_t) + sum_{s <= t} P_ts w_s                    P_ts = sum_j q_tj k_sj e^(A_tj - A_sj)
    w_t = b_t (v_t - S_0' (e^A_t * k_t) - sum_{s < t} L_ts w_s)         L_ts as P_ts, with k_t for q_t

so all w of a chunk solve one triangular system (Yang et al. 2024, arXiv:2406.06484, section 3; with decay arXiv:2412.06464,
section 3.3), and only whole chunks follow each other in a loop.

P is a product of two matrices if one number a head fades. If each key fades by itself, e^(A_t - A_s) has to be cut in two, and
e^(-A_s) overflows. So it is cut at a border m between the two, s <= m < t, as e^(A_t - A_m) e^(A_m - A_s), neither of which
exceeds 1: a chunk is halved, what its second half reads of its first is one product, and both halves are treated alike, down to
single steps. (Yang et al. 2023, arXiv:2312.06635, section 4.3, cut in two levels and treat the lower one pair by pair.)

Axes: A heads, K keys of a head, D values of a head, M chunks, C steps of one.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.scan.padding import valid_mask
from bench.cells.scan.precision import wide

CHUNK = 64  # steps at most between two memories that are written out; a power of two


class Read(NamedTuple):
    """What the input says, at one step or at all: axes B or BT, then A, then K; of the value D.

    `log_decay`: of each key, or with 1 for K of each head; None: nothing fades. `rate`: b, with 1 for K. `bonus`: u, [A, K].
    `skip`: what the output gets besides, of which the memory knows nothing.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    log_decay: Tensor | None = None
    rate: Tensor | None = None
    bonus: Tensor | None = None
    skip: Tensor | None = None

    def silent(self, lengths_B: Tensor) -> "Read":
        """What is no step neither fades a key nor writes one: the memory passes through the padding as it is."""
        padding_BT11 = ~valid_mask(lengths_B, self.key)[:, :, None, None]
        log_decay = None if self.log_decay is None else self.log_decay.masked_fill(padding_BT11, 0.0)
        return self._replace(key=self.key.masked_fill(padding_BT11, 0.0), log_decay=log_decay)


def remember(read: Read, S_BAKD: Tensor) -> tuple[Tensor, Tensor]:
    """One step: (o_BAD, the memory after it)."""
    q, k, w, log_decay, rate, bonus, _ = read
    faded_BAKD = S_BAKD if log_decay is None else log_decay.exp().unsqueeze(3) * S_BAKD
    if rate is not None:
        w = rate * (w - (k.unsqueeze(3) * faded_BAKD).sum(2))
    after_BAKD = faded_BAKD + k.unsqueeze(3) * w.unsqueeze(2)
    if bonus is None:
        return (q.unsqueeze(3) * after_BAKD).sum(2), after_BAKD
    return (q.unsqueeze(3) * S_BAKD).sum(2) + (q * bonus * k).sum(2, keepdim=True) * w, after_BAKD


def remember_all(read: Read, S_BAKD: Tensor) -> tuple[Tensor, Tensor]:
    """All steps: (o_BTAD, the memory after the last)."""
    steps = read.query.size(1)
    chunk = min(CHUNK, 1 << (steps - 1).bit_length())
    q, k, w = (_in_chunks(part, chunk) for part in read[:3])
    sums = None if read.log_decay is None else wide(_in_chunks(read.log_decay, chunk)).cumsum(3)
    read_at = sums if sums is None or read.bonus is None else F.pad(sums[..., :-1, :], (0, 0, 1, 0))
    own = (q * k if read.bonus is None else q * read.bonus[:, None, None] * k).sum(4, keepdim=True)
    scores, remembered, written, kept = _scores(q, k, read_at, sums), _faded(q, read_at), k, None
    if sums is not None:
        written, kept = _faded(k, sums[..., -1:, :] - sums), sums[..., -1:, :].to(k.dtype).exp().transpose(3, 4)
    erased = None
    if read.rate is not None:
        rate = _in_chunks(read.rate, chunk)
        right = torch.cat([rate * w, rate * _faded(k, sums)], 4)
        solved = torch.linalg.solve_triangular(rate * _scores(k, k, sums, sums), right, upper=False, unitriangular=True)
        w, erased = torch.split(solved, [w.size(4), k.size(4)], 4)
    outputs = []
    for number in range(q.size(2)):
        w_now = w[:, :, number] if erased is None else w[:, :, number] - erased[:, :, number] @ S_BAKD
        own_BACD = own[:, :, number] * w_now
        outputs.append(remembered[:, :, number] @ S_BAKD + scores[:, :, number] @ w_now + own_BACD)
        new_BAKD = written[:, :, number].transpose(2, 3) @ w_now
        S_BAKD = new_BAKD + (S_BAKD if kept is None else kept[:, :, number] * S_BAKD)
    return torch.cat(outputs, 2)[:, :, :steps].transpose(1, 2), S_BAKD


def _in_chunks(part_BTAK: Tensor, chunk: int) -> Tensor:
    """part_BAMCK, filled up with zeros: steps that neither fade a key nor write one."""
    missing = -part_BTAK.size(1) % chunk
    filled_BTAK = F.pad(part_BTAK, (0, 0, 0, 0, 0, missing)) if missing else part_BTAK
    return torch.unflatten(filled_BTAK.transpose(1, 2), 2, (-1, chunk)).contiguous()


def _faded(part: Tensor, sums: Tensor | None) -> Tensor:
    return part if sums is None else part * sums.to(part.dtype).exp()


def _scores(q: Tensor, k: Tensor, read_at: Tensor | None, written_at: Tensor | None) -> Tensor:
    """P [.. C, C] strictly below the diagonal, 0 elsewhere; `read_at` and `written_at` are the sums of log decays."""
    if read_at is None or written_at is None:
        return (q @ k.transpose(-1, -2)).tril(-1)
    if read_at.size(-1) == 1:
        between = read_at - written_at.transpose(-1, -2)
        return (q @ k.transpose(-1, -2) * between.clamp(max=0).to(q.dtype).exp()).tril(-1)
    scores = q.new_zeros(*q.shape[:-1], 1)
    half = 1
    while half < q.size(-2):
        later_q, early_k = _halves(q, half)[1], _halves(k, half)[0]
        early, later = _halves(written_at, half)[0], _halves(read_at, half)[1]
        border = early[..., -1:, :]
        across = _faded(later_q, later - border) @ _faded(early_k, border - early).transpose(-1, -2)
        first, second = torch.unflatten(scores, -2, (-1, 2, half)).unbind(-3)
        upper, lower = F.pad(first, (0, half)), torch.cat([across, second], -1)
        scores = torch.cat([upper, lower], -2).flatten(-3, -2)
        half *= 2
    return scores


def _halves(part: Tensor, half: int) -> tuple[Tensor, ...]:
    """(first, second) of each 2 x `half` steps: axes .. blocks, half, K."""
    return torch.unflatten(part, -2, (-1, 2, half)).unbind(-3)
