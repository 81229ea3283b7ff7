"""Characters and their numbers, from the training text alone.

Number 0 is the unknown symbol: what training has not seen is mapped to it and counted, never dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

UNKNOWN = 0


@dataclass(frozen=True)
class CharacterVocabulary:
    """`characters[i]` has the number i + 1."""

    characters: str

    @classmethod
    def of(cls, text: str) -> "CharacterVocabulary":
        """The distinct characters of `text` in the order of their code points."""
        return cls("".join(chr(code) for code in np.unique(_codes(text))))

    def __len__(self) -> int:
        return len(self.characters) + 1

    def encode(self, text: str) -> tuple[Tensor, int]:
        """Numbers of the characters as int64 [T], and how many of them were unknown."""
        known_codes = _codes(self.characters)
        codes = _codes(text)
        index = np.minimum(np.searchsorted(known_codes, codes), max(len(known_codes) - 1, 0))
        is_known = known_codes[index] == codes if len(known_codes) else np.zeros(len(codes), dtype=bool)
        return torch.from_numpy(np.where(is_known, index + 1, UNKNOWN).astype(np.int64)), int((~is_known).sum())

    def decode(self, numbers: Sequence[int]) -> str:
        """Text of the numbers; the unknown symbol reads as U+FFFD."""
        return "".join(self.characters[n - 1] if n != UNKNOWN else "\N{REPLACEMENT CHARACTER}" for n in numbers)


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
