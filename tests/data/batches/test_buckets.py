from itertools import pairwise

import pytest
import torch

from bench.data.batches.buckets import Buckets, Ordered
from bench.data.batches.ragged import Ragged
from bench.data.pairs.pairs import PairIds
from bench.errors import DataError


def pairs_of(source_lengths, target_lengths):
    """Rows whose every source token is the row's number + 3, every target token that number + 1000."""
    source = [[3 + row] * length for row, length in enumerate(source_lengths)]
    target = [[1000 + row] * length for row, length in enumerate(target_lengths)]
    return PairIds(Ragged.of(source), Ragged.of(target))


def drawn(rows, seed=0):
    """Lengths as of Multi30k's words: about 14, the sides correlated."""
    generator = torch.Generator().manual_seed(seed)
    common = torch.empty(rows).log_normal_(2.58, 0.27, generator=generator)
    noise = torch.empty(2, rows).log_normal_(0.0, 0.11, generator=generator)
    return [(common * noise_of_side).round().long().clamp(2, 45).tolist() for noise_of_side in noise]


PAIRS = pairs_of(*drawn(1000))


def padding(batches):
    """The share of the positions of all batches, source and target, that is padding."""
    positions = sum(batch.source_BS.numel() + batch.target_BT.numel() for batch in batches)
    filled = sum(int(batch.source_lengths_B.sum() + batch.target_lengths_B.sum()) for batch in batches)
    return 1 - filled / positions


@pytest.mark.parametrize(("by", "size"), [("sentences", 32), ("tokens", 600)])
def test_an_epoch_holds_every_row_once_and_rows_are_whole(by, size):
    batches = list(Buckets(PAIRS, size, seed=0, batch_by=by))
    assert sorted(torch.cat([batch.index_B for batch in batches]).tolist()) == list(range(1000))
    for batch in batches:
        assert batch.first and batch.tokens == int(batch.target_lengths_B.sum())
        for rows, lengths, base in (
            (batch.source_BS, batch.source_lengths_B, 3),
            (batch.target_BT, batch.target_lengths_B, 1000),
        ):
            assert rows.dtype == torch.int64 and rows.size(1) == int(lengths.max())
            expected = (batch.index_B + base)[:, None] * (torch.arange(rows.size(1)) < lengths[:, None])
            assert torch.equal(rows, expected)


@pytest.mark.parametrize(("by", "size"), [("sentences", 32), ("tokens", 600)])
def test_the_order_is_of_seed_and_epoch(by, size):
    def order(seed, epoch):
        loader = Buckets(PAIRS, size, seed=seed, batch_by=by)
        loader.set_epoch(epoch)
        assert len(list(loader)) == len(loader)
        return [batch.index_B.tolist() for batch in loader]

    assert order(0, 1) == order(0, 1)
    orders = [order(0, 0), order(0, 1), order(1, 0)]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert len({len(order_of_epoch) for order_of_epoch in orders}) == 1
    mates = [{frozenset(rows) for rows in order_of_epoch} for order_of_epoch in orders]
    assert len(mates[0] & mates[1]) < len(mates[0]) / 4


def test_batches_do_not_come_by_length():
    longest = [int(batch.target_lengths_B.max()) for batch in Buckets(PAIRS, 10, seed=0)]
    falls = sum(length > following for length, following in pairwise(longest))
    assert 0.3 < falls / len(longest) < 0.7


@pytest.mark.parametrize("size", [32, 64, 128])
def test_padding_stays_under_ten_percent(size):
    loader = Buckets(pairs_of(*drawn(size * 110)), size, seed=0)
    assert padding(loader) < 0.1


def test_batches_by_tokens_keep_to_their_size():
    source, target = drawn(500)
    source[0] = 900
    loader = Buckets(pairs_of(source, target), 600, seed=0, batch_by="tokens")
    for batch in loader:
        cost = len(batch.index_B) * max(batch.source_BS.size(1), batch.target_BT.size(1))
        assert cost <= 600 or len(batch.index_B) == 1
    assert padding(loader) < 0.1


def test_the_ordered_loader_keeps_every_row_and_restores_the_order():
    loader = Ordered(PAIRS, 64)
    batches = list(loader)
    assert len(batches) == len(loader) == 16
    lengths = torch.cat([batch.source_lengths_B for batch in batches])
    assert torch.equal(lengths, lengths.sort(descending=True).values)
    restored = torch.zeros(1000, dtype=torch.long)
    restored[torch.cat([batch.index_B for batch in batches])] = torch.cat([batch.source_BS[:, 0] for batch in batches])
    assert restored.tolist() == [row + 3 for row in range(1000)]


def test_rows_that_are_a_lone_end_make_a_batch():
    batch = next(iter(Ordered(PairIds(Ragged.of([[2], [2]]), Ragged.of([[2], [5, 2]])), 2)))
    assert batch.source_BS.tolist() == [[2], [2]]
    assert batch.index_B.tolist() == [1, 0] and batch.target_BT.tolist() == [[5, 2], [2, 0]]


def test_a_batch_moves_as_a_whole_but_for_what_the_host_reads():
    batch = next(iter(Ordered(PAIRS, 4)))
    assert batch.to("cpu") is batch
    moved = batch.to("meta")
    assert {moved.source_BS.device.type, moved.target_BT.device.type} == {"meta"}
    assert {tensor.device.type for tensor in (moved.source_lengths_B, moved.target_lengths_B, moved.index_B)} == {"cpu"}
    assert (moved.tokens, moved.first) == (batch.tokens, True)


def test_wrong_sizes_are_refused():
    with pytest.raises(DataError, match="batch_by=words is unknown: give sentences or tokens"):
        Buckets(PAIRS, 4, seed=0, batch_by="words")
    for make in (lambda: Buckets(PAIRS, 0, seed=0), lambda: Ordered(PAIRS, 0)):
        with pytest.raises(DataError, match="batch_size=0 is out of range"):
            make()
