"""Frames as batches: what is read, what is predicted, and that every frame but the first is predicted once."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from bench.data.batches.buckets import Buckets
from bench.data.music.piano_roll import named
from bench.data.music.pieces import PieceRows
from bench.data.music.rules import BASS, HOLDS, UPPER, piece


def numbered(*lengths):
    """Pieces in which frame t of piece p has its own pattern of keys."""
    draw = np.random.default_rng(0)
    return [torch.from_numpy((draw.random((length, 88)) < 0.3).astype(np.uint8)) for length in lengths]


@pytest.mark.parametrize("window", [None, 1, 4, 5, 100])
def test_every_frame_but_the_first_is_predicted_once_from_the_one_before(window):
    rolls = numbered(9, 2, 6)
    expected = Counter()
    for roll in rolls:
        frames = roll.numpy()
        expected.update((before.tobytes(), after.tobytes()) for before, after in pairwise(frames))
    met = Counter()
    for batch in Buckets(PieceRows(rolls, window), 2, seed=0):
        lengths = [batch.inputs_BT.size(1)] * batch.rows if batch.lengths_B is None else batch.lengths_B.tolist()
        assert batch.tokens == sum(lengths)
        assert window is None or max(lengths) <= window
        for row, length in enumerate(lengths):
            before, after = (x[row].numpy().astype(np.uint8) for x in (batch.inputs_BT, batch.targets_BT))
            assert not before[length:].any()
            assert not after[length:].any()
            met.update((x.tobytes(), y.tobytes()) for x, y in zip(before[:length], after[:length], strict=True))
    assert met == expected


def test_keys_are_called_by_their_pitch():
    keys = torch.zeros(88)
    assert named(keys) == "-"
    keys[[0, 39, 40, 87]] = 1  # the piano's own names
    assert named(keys) == "A0 C4 C#4 C8"


def test_rules_write_pieces_in_range_and_always_the_same():
    first, again, other = piece("train 1"), piece("train 1"), piece("train 2")
    assert torch.equal(first, again)
    assert first.shape != other.shape or not torch.equal(first, other)
    sounding = first.sum(1)
    assert len(first) % (HOLDS * 8) == 0
    assert int(sounding.min()) >= 2
    assert int(sounding.max()) <= 4
    pitches = 21 + first.any(0).nonzero().flatten()
    assert min(BASS) <= int(pitches.min())
    assert int(pitches.max()) <= max(UPPER[0])
