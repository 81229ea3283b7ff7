"""A split that a key decides by itself: the same in every version of a data set, whatever else is in it.

The first 8 bytes of the SHA-256 of the key are read as a fraction of 1: below 0.05 it tests, below 0.10 it validates, else it
trains.
"""

import hashlib

TEST = 0.05
VALIDATION = 0.05


def split_of(key: str) -> str:
    """train, validation or test."""
    position = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    if position < TEST:
        return "test"
    return "validation" if position < TEST + VALIDATION else "train"
