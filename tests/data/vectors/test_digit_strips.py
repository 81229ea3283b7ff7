"""Strips of digits: each is read back scan by scan, and its caption word by word."""

import pytest
import torch
from sklearn.datasets import load_digits

from bench.build import call
from bench.data.sources.number_words import LARGEST, ONES, TENS, in_words
from bench.data.vectors.digit_strips import digit_strips
from bench.errors import DataError

TEXT = {"level": "words", "lowercase": False, "min_frequency": 1, "subwords": 300, "unknown": "unk"}


def strips(**changes):
    settings = {"digits": 3, "train": 60, "validation": 30, "test": 30, "limit": None}
    return call(digit_strips, {"name": "digit_strips", "folder": None, "text": TEXT, **settings, **changes})


def value(line):
    """The number that English words say, read from left to right."""
    total = group = 0
    for word in line.replace("-", " ").split():
        if word in ONES:
            group += ONES.index(word)
        elif word in TENS:
            group += 10 * TENS.index(word)
        elif word == "hundred":
            group *= 100
        elif word == "thousand":
            total, group = group * 1000, 0
        else:
            assert word == "and"
    return total + group


def test_words_say_their_number():
    for number in [*range(1200), 2001, 10_010, 99_999, 100_000, 345_678, LARGEST]:
        assert value(in_words(number)) == number
    assert [in_words(number) for number in (0, 40, 71, 407, 1072)] == [
        "zero",
        "forty",
        "seventy-one",
        "four hundred and seven",
        "one thousand and seventy-two",
    ]
    for wrong in (-1, LARGEST + 1):
        with pytest.raises(ValueError, match="is refused: give a whole number"):
            in_words(wrong)


def test_a_strip_shows_the_scans_of_its_number_and_no_scan_is_in_two_splits():
    published = load_digits()
    number_of_scan = {tuple(scan.flatten() / 16): number for number, scan in enumerate(published.images)}
    data = strips()
    lengths = set()
    for split, (start, stop) in {"train": (0, 1198), "validation": (1198, 1498), "test": (1498, 1797)}.items():
        ids = data.ids[split]
        for row, (line,) in enumerate(data.references[split]):
            field = ids.features_NF[ids.vector_R[row]].view(8, 3, 8)
            shown = [field[:, column].flatten() for column in range(3)]
            digits = str(value(line))
            assert all(not scan.any() for scan in shown[: 3 - len(digits)])
            numbers = [number_of_scan[tuple(scan.tolist())] for scan in shown[3 - len(digits) :]]
            assert [int(published.target[number]) for number in numbers] == [int(digit) for digit in digits]
            assert all(start <= number < stop for number in numbers)
            lengths.add(len(digits))
    assert lengths == {1, 2, 3}


def test_the_same_settings_give_the_same_strips():
    first, second, other = strips(), strips(), strips(train=61)
    assert first.description == second.description
    assert first.description["sha256"] != other.description["sha256"]
    assert torch.equal(first.ids["test"].features_NF, other.ids["test"].features_NF)


@pytest.mark.parametrize("change", [{"digits": 0}, {"digits": 7}, {"train": 0}, {"test": 0}, {"limit": 0}])
def test_refusals(change):
    ((key, value),) = change.items()
    with pytest.raises(DataError, match=rf"^data\.{key}={value} is out of range"):
        strips(**change)
