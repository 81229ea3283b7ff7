"""The order of ragged rows on an example that can be read by eye."""

import torch

from bench.cells.scan.packed import packing

LENGTHS = torch.tensor([2, 4, 0, 1])
X_BT1 = torch.tensor([[1.0, 2, 0, 0], [3, 4, 5, 6], [0, 0, 0, 0], [7, 0, 0, 0]]).unsqueeze(2)
PACKED = [3.0, 1, 7, 4, 2, 5, 6]  # the longest row first, step by step


def test_rows_are_packed_step_by_step_and_come_back() -> None:
    rows = packing(torch.empty(4, 4, 1), LENGTHS)
    assert rows.sizes == [3, 2, 1, 1]
    x_M1 = rows.pack(X_BT1)
    assert x_M1.flatten().tolist() == PACKED
    assert torch.equal(rows.unpack(x_M1), X_BT1)
    assert [x_N1.flatten().tolist() for x_N1 in rows.by_step(X_BT1)] == [[3.0, 1, 7], [4, 2], [5], [6]]


def test_states_are_found_before_each_row_and_after_the_last() -> None:
    rows = packing(torch.empty(4, 4, 1), LENGTHS)
    initial_B1 = torch.tensor([[10.0], [20], [30], [40]])
    buffer = torch.cat([rows.sort(initial_B1), torch.tensor(PACKED).unsqueeze(1)])
    assert buffer.flatten().tolist() == [20, 10, 40, 30, *PACKED]
    assert rows.before(buffer).flatten().tolist() == [20, 10, 40, 3, 1, 4, 5]
    assert rows.last(buffer).flatten().tolist() == [2, 6, 30, 7]
    assert torch.equal(rows.unsort(rows.sort(initial_B1)), initial_B1)


def test_full_rows_keep_their_order_and_share_memory() -> None:
    for rows in (packing(torch.empty(4, 4, 1), None), packing(torch.empty(4, 4, 1), torch.full((4,), 4))):
        assert rows.places is None
        assert rows.sizes == [4, 4, 4, 4]
        x_M1 = rows.pack(X_BT1)
        assert x_M1[:4].flatten().tolist() == [1, 3, 0, 7]
        assert rows.unpack(x_M1).data_ptr() == x_M1.data_ptr()
        assert torch.equal(rows.unpack(x_M1), X_BT1)


def test_no_row_at_all() -> None:
    rows = packing(torch.empty(2, 3, 1), torch.tensor([0, 0]))
    assert rows.sizes == []
    assert rows.pack(torch.ones(2, 3, 1)).shape == (0, 1)
    assert rows.last(torch.tensor([[1.0], [2.0]])).flatten().tolist() == [1, 2]
