"""Masks, last valid steps and reversal on rows that can be read by eye."""

import torch

from bench.cells.scan.padding import last_valid, reverse_within, valid_mask, zero_padding

LENGTHS = torch.tensor([3, 0, 2])
ROWS = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]).unsqueeze(2)


def test_reverse_moves_the_valid_part_alone() -> None:
    assert reverse_within(ROWS, LENGTHS).squeeze(2).tolist() == [[3, 2, 1], [4, 5, 6], [8, 7, 9]]
    assert reverse_within(ROWS, None).squeeze(2).tolist() == [[3, 2, 1], [6, 5, 4], [9, 8, 7]]


def test_reverse_twice_is_nothing() -> None:
    assert torch.equal(reverse_within(reverse_within(ROWS, LENGTHS), LENGTHS), ROWS)


def test_padding_becomes_exact_zeros() -> None:
    dirty = ROWS.clone()
    dirty[1], dirty[2, 2] = float("nan"), float("inf")
    assert zero_padding(dirty, valid_mask(LENGTHS, dirty)).squeeze(2).tolist() == [[1, 2, 3], [0, 0, 0], [7, 8, 0]]


def test_last_valid_falls_back_where_a_row_is_empty() -> None:
    assert last_valid(ROWS, LENGTHS, torch.full((3, 1), -1.0)).tolist() == [[3.0], [-1.0], [8.0]]
