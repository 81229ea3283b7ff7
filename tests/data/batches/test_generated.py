import pytest
import torch

from bench.data.batches.generated import Fixed, Fresh, Generated, RowCounts
from bench.errors import DataError


def draw(rows, length, generator):
    return torch.rand(rows, length, generator=generator)


def fresh(seed=0, rows=250, batch_size=100):
    return Fresh(draw, rows=rows, length=3, batch_size=batch_size, seed=seed)


def drawn(loader):
    return torch.cat(list(loader))


def test_every_epoch_has_new_sequences_and_the_same_ones_again_when_it_is_read_again():
    loader = fresh()
    first_epoch = drawn(loader)
    assert first_epoch.shape == (250, 3) and len(loader) == len(list(loader)) == 3
    assert torch.equal(first_epoch, drawn(loader)) and torch.equal(first_epoch, drawn(fresh()))
    loader.set_epoch(1)
    assert not torch.isin(drawn(loader), first_epoch).any()
    assert not torch.isin(drawn(fresh(seed=1)), first_epoch).any()
    assert len(first_epoch.unique()) == first_epoch.numel()  # no two batches are alike


def test_a_fixed_split_is_always_the_same_and_no_other():
    test, test_again, validation = (
        drawn(Fixed(draw, split=split, rows=150, length=3)) for split in ("test", "test", "validation")
    )
    assert torch.equal(test, test_again) and test.shape == (150, 3)
    assert not torch.isin(validation, test).any() and not torch.isin(drawn(fresh()), test).any()
    assert torch.equal(drawn(Fixed(draw, split="test", rows=220, length=3))[:100], test[:100])


def test_sizes_and_lengths_are_by_split():
    data = Generated(name="x", folder=None, length=5, test_length=9, rows=RowCounts(3, 2, 1))
    assert data.lengths == {"train": 5, "validation": 5, "test": 9} and data.rows == {"train": 3, "validation": 2, "test": 1}
    with pytest.raises(DataError, match=r"^data\.test_length=0 is out of range"):
        Generated(name="x", folder=None, length=5, test_length=0, rows=RowCounts(3, 2, 1))
