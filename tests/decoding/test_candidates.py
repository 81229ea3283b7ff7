"""The best candidates: equal to sorting everything, also where blocks are cut short, banned, tied or impossible."""

import pytest
import torch
from torch import Tensor

from bench.decoding.candidates import BLOCK, IMPOSSIBLE, Columns, best, first_best


def by_sorting(log_prob_NV: Tensor, score_BW: Tensor, banned: list[int], k: int) -> list[list[tuple[int, int]]]:
    """(parent, token), the best first, among equals the lowest parent, then the lowest token."""
    sources, width = score_BW.shape
    rows = []
    for source in range(sources):
        total = [
            (
                -float(score_BW[source, row] + log_prob_NV[source * width + row, token].double().clamp(min=IMPOSSIBLE)),
                row,
                token,
            )
            for row in range(width)
            for token in range(log_prob_NV.size(1))
            if token not in banned
        ]
        rows.append([(row, token) for _, row, token in sorted(total)[:k]])
    return rows


def chosen_pairs(log_prob_NV: Tensor, score_BW: Tensor, banned: list[int], k: int) -> list[list[tuple[int, int]]]:
    candidates = best(log_prob_NV, score_BW, columns=Columns.without(banned, log_prob_NV), k=k)
    for source, (parent_K, token_K) in enumerate(zip(candidates.parent_BK, candidates.token_BK, strict=True)):
        value_K = log_prob_NV[source * score_BW.size(1) + parent_K, token_K].double().clamp(min=IMPOSSIBLE)
        assert torch.equal(candidates.score_BK[source], score_BW[source, parent_K] + value_K)
    pairs = zip(candidates.parent_BK.tolist(), candidates.token_BK.tolist(), strict=True)
    return [list(zip(parents, tokens, strict=True)) for parents, tokens in pairs]


@pytest.mark.parametrize("size", [7, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 5 * BLOCK + 13])
@pytest.mark.parametrize(("width", "k"), [(1, 1), (1, 7), (3, 1), (3, 5), (5, 6)])
@pytest.mark.parametrize("banned", [[], [0, 1], [6, 2, 5]])
def test_equals_sorting(size: int, width: int, k: int, banned: list[int]) -> None:
    generator = torch.Generator().manual_seed(size * 100 + width * 10 + k)
    k = min(k, width * (size - len(banned)))
    log_prob_NV = torch.randn(4 * width, size, generator=generator)
    log_prob_NV[:, banned] += 9.0
    score_BW = torch.randn(4, width, generator=generator, dtype=torch.float64)
    assert chosen_pairs(log_prob_NV, score_BW, banned, k) == by_sorting(log_prob_NV, score_BW, banned, k)


@pytest.mark.parametrize("values", [1, 2, 3])
def test_equals_come_in_order(values: int) -> None:
    """Few values, so that most candidates are equal to others, within a block, between blocks and between rows."""
    generator = torch.Generator().manual_seed(values)
    log_prob_NV = -torch.randint(values, (12, 3 * BLOCK + 5), generator=generator).float()
    score_BW = -torch.randint(values, (4, 3), generator=generator).double()
    for k in (1, 2, 6, 70):
        assert chosen_pairs(log_prob_NV, score_BW, [1], k) == by_sorting(log_prob_NV, score_BW, [1], k)


def test_an_impossible_token_comes_before_a_banned_one_and_after_the_rest() -> None:
    log_prob_NV = torch.full((1, 2 * BLOCK), -torch.inf)
    log_prob_NV[0, 70] = -1e6
    assert chosen_pairs(log_prob_NV, torch.zeros(1, 1).double(), [0, 2], 3) == [[(0, 70), (0, 1), (0, 3)]]


def test_an_empty_row_gives_nothing_while_there_is_anything_else() -> None:
    score_BW = torch.tensor([[-3.0, -torch.inf]], dtype=torch.float64)
    log_prob_NV = torch.tensor([[-9.0, -torch.inf, -8.0], [-0.1, -0.2, -0.3]])
    assert chosen_pairs(log_prob_NV, score_BW, [], 3) == [[(0, 2), (0, 0), (0, 1)]]


@pytest.mark.parametrize("better", [1, BLOCK])
def test_adding_a_large_score_makes_no_two_tokens_equal(better: int) -> None:
    log_prob_NV = torch.full((1, BLOCK + 1), -9.0)
    log_prob_NV[0, 0], log_prob_NV[0, better] = -1.0000001, -1.0
    assert log_prob_NV[0, 0] + -900.0 == log_prob_NV[0, better] + -900.0
    assert chosen_pairs(log_prob_NV, torch.tensor([[-900.0]], dtype=torch.float64), [], 1) == [[(0, better)]]


def test_impossible_tokens_come_before_an_empty_row_and_before_a_block_that_is_banned() -> None:
    log_prob_NV = torch.full((2, 2 * BLOCK), -torch.inf)
    score_BW = torch.tensor([[-torch.inf, -3.0]], dtype=torch.float64)
    assert chosen_pairs(log_prob_NV, score_BW, list(range(BLOCK)), 1) == [[(1, BLOCK)]]


def test_a_table_that_is_shared_between_rows_is_read_and_not_written() -> None:
    row_V = torch.arange(2.0 * BLOCK + 1).neg()
    before = row_V.clone()
    assert chosen_pairs(row_V.expand(2, -1), torch.zeros(2, 1).double(), [0], 2) == [[(0, 1), (0, 2)]] * 2
    assert torch.equal(row_V, before)


def test_first_best_of_equals_at_the_cut_only() -> None:
    assert first_best(torch.tensor([[1.0, 3.0, 2.0, 2.0, 2.0], [5.0, 4.0, 3.0, 2.0, 1.0]]), 2).tolist() == [[1, 2], [0, 1]]
