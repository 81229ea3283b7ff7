"""Rows of a state: which are copied, which only thinned, which not touched."""

import torch

from bench.decoding.select import PerSource, select, staying, unless_identity


def tree() -> tuple[torch.Tensor, PerSource]:
    """Two sources of two rows each."""
    return torch.arange(4.0), PerSource((torch.tensor([[10.0], [20.0]]), (torch.tensor([1.0, 2.0]),)))


def test_rows_are_reordered_while_the_memory_of_sources_is_the_same_object() -> None:
    state = tree()
    picked = select(state, torch.tensor([1, 1, 3, 2]), None)
    assert picked[0].tolist() == [1.0, 1.0, 3.0, 2.0]
    assert picked[1] is state[1]


def test_sources_that_leave_are_dropped_at_every_depth_and_the_memory_stays_one() -> None:
    _, memory = select(tree(), torch.tensor([3, 2]), torch.tensor([1]))
    assert isinstance(memory, PerSource)
    assert memory[0].tolist() == [[20.0]] and memory[1][0].tolist() == [2.0]


def test_nothing_is_copied_where_everything_stays() -> None:
    state = tree()
    selected = select(state, None, None)
    assert selected[0] is state[0] and selected[1] is state[1]


def test_staying_waits_until_it_pays() -> None:
    done_B = torch.zeros(16, dtype=torch.bool)
    assert staying(done_B) is None
    done_B[3] = True
    assert staying(done_B) is None
    done_B[7] = True
    assert staying(done_B).tolist() == [0, 1, 2, 4, 5, 6, *range(8, 16)]
    assert staying(torch.tensor([False, True, False])).tolist() == [0, 2]


def test_identity_is_known_from_a_part_and_from_another_order() -> None:
    assert unless_identity(torch.tensor([0, 1, 2]), 3) is None
    assert unless_identity(torch.tensor([0, 1]), 3).tolist() == [0, 1]
    assert unless_identity(torch.tensor([0, 2, 1]), 3).tolist() == [0, 2, 1]
    assert unless_identity(torch.tensor([0, 1, 2]), 1).tolist() == [0, 1, 2]
