"""Rows with a class: batches of tokens and of vectors, and how rows are split."""

import pytest
import torch

from bench.data.batches.buckets import Buckets, Ordered
from bench.data.classes.class_names import number_classes
from bench.data.classes.class_rows import ClassRows
from bench.data.sources.subsample import limited, spread
from bench.errors import DataError


@pytest.mark.parametrize("width", [None, 3])
def test_a_batch_holds_its_rows_with_zeros_after_their_ends(width):
    lengths = [3, 1, 5, 2]
    sequences = [1 + torch.rand(length, *([width] if width else [])) for length in lengths]
    if width is None:
        sequences = [(10 * steps).long() for steps in sequences]
    rows = ClassRows.of(sequences, [1, 0, 2, 1])
    batch = rows.batch(torch.tensor([2, 0, 1]))
    assert batch.lengths_B.tolist() == [5, 3, 1] and batch.targets_B.tolist() == [2, 1, 0] and batch.tokens == 3
    for row, index in enumerate([2, 0, 1]):
        assert batch.inputs_BT[row, : lengths[index]].equal(sequences[index])
        assert not batch.inputs_BT[row, lengths[index] :].any()
    assert rows.batch(torch.tensor([1])).lengths_B is None
    assert rows.steps.equal(torch.cat(sequences))  # padding was written to the batch alone


def test_training_batches_are_of_like_length_each_row_once_and_scoring_ones_the_same_every_time():
    lengths = [1 + 7 * index % 40 for index in range(200)]
    rows = ClassRows.of([torch.full((length,), index) for index, length in enumerate(lengths)], [0] * 200)
    loader = Buckets(rows, 10, seed=0)
    batches = [batch.inputs_BT[:, 0].tolist() for batch in loader]
    assert sorted(number for batch in batches for number in batch) == list(range(200))
    assert batches == [batch.inputs_BT[:, 0].tolist() for batch in loader]
    loader.set_epoch(1)
    assert batches != [batch.inputs_BT[:, 0].tolist() for batch in loader]
    assert max(max(lengths[n] for n in batch) - min(lengths[n] for n in batch) for batch in batches) <= 3
    ordered = Ordered(rows, 64)
    for places, batch in zip(ordered.rows, ordered, strict=True):
        assert batch.inputs_BT[:, 0].equal(places)


def test_classes_are_numbered_by_name_from_training_alone():
    assert number_classes("x", {"train": ["b", "a"], "validation": ["b"]}) == (("a", "b"), {"train": [1, 0], "validation": [1]})
    with pytest.raises(
        DataError, match=r"^data=x: the test split has the class 'c', which training lacks: .* \(a, b\); correct"
    ):
        number_classes("x", {"train": ["b", "a"], "validation": ["b"], "test": ["c"]})
    with pytest.raises(DataError, match=r"all rows of the train split have the class 'a'"):
        number_classes("x", {"train": ["a"], "validation": ["a"]})
    with pytest.raises(DataError, match=r"the validation split is empty"):
        number_classes("x", {"train": ["a"], "validation": []})
    assert limited(range(10), 4, "texts") == [0, 2, 5, 7] and limited("abc", 5, "texts") == limited("abc", None, "texts") == [
        *"abc"
    ]
    assert spread("abcd", 2) == ["a", "c"] and spread("ab", 0) == []
    with pytest.raises(DataError, match=r"^data\.limit=0 is out of range: give null, or a number of training texts"):
        limited(range(3), 0, "texts")
