import pytest
import torch

from bench.data.text.lanes import Lanes


@pytest.mark.parametrize(("n", "lanes", "window"), [(23, 3, 4), (24, 3, 4), (7, 1, 3), (5, 9, 2), (100, 7, 100)])
def test_every_target_once_in_order_with_its_predecessor(n, lanes, window):
    ids = torch.arange(1, n + 1)
    streams = {}
    for batch in Lanes(ids, lanes=lanes, window=window, context=0):
        lengths = (
            batch.lengths_B if batch.lengths_B is not None else torch.full((len(batch.inputs_BT),), batch.inputs_BT.size(1))
        )
        assert batch.tokens == int(lengths.sum())
        for lane, length in enumerate(lengths.tolist()):
            assert (batch.inputs_BT[lane, :length] + 1).equal(batch.targets_BT[lane, :length])
            streams.setdefault(lane, []).extend(batch.targets_BT[lane, :length].tolist())
    assert [target for lane in sorted(streams) for target in streams[lane]] == ids.tolist()


def test_without_context_the_first_character_is_no_target():
    targets = [t for batch in Lanes(torch.arange(10), lanes=1, window=4, context=None) for t in batch.targets_BT[0].tolist()]
    assert targets == list(range(1, 10))


def test_only_the_first_batch_starts_the_streams_and_the_number_of_batches_is_known():
    lanes = Lanes(torch.arange(50), lanes=4, window=5, context=None)
    assert [batch.first for batch in lanes] == [True] + [False] * (len(lanes) - 1)
    assert len(list(lanes)) == len(lanes)
