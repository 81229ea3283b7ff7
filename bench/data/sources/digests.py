"""What a data set is, by its content: a record names it whole, and a training by the splits that it can see."""

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")
TEST = "test"


def digests(digest: Callable[[Mapping[str, T]], str], splits: Mapping[str, T]) -> dict[str, str]:
    """`sha256` over all splits, `sha256_training` over those that train and choose a checkpoint: no test changes a weight."""
    return {"sha256": digest(splits), "sha256_training": digest(without_test(splits))}


def without_test(splits: Mapping[str, T]) -> dict[str, T]:
    """The splits but the test."""
    return {split: content for split, content in splits.items() if split != TEST}
