"""The two tokenisers of a translation, and how a source line is cut: what a checkpoint needs to read and write again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.data.pairs.settings import TextSettings
from bench.data.pairs.tokenisers import Side, Tokeniser, fit, restore
from bench.data.pairs.tokens import END


@dataclass(frozen=True)
class PairText:
    """`max_length`: how many tokens of a source line are read, or None for all."""

    source: Tokeniser
    target: Tokeniser
    max_length: int | None

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "PairText":
        """From `plain()`."""
        return cls(restore(plain["source"]), restore(plain["target"]), plain["max_length"])

    def plain(self) -> dict[str, Any]:
        """Plain JSON that `of` rebuilds."""
        return {"source": self.source.plain(), "target": self.target.plain(), "max_length": self.max_length}

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.plain(), sort_keys=True).encode()).hexdigest()

    def encode_source(self, line: str) -> tuple[list[int], int]:
        """Numbers of a source line as the net reads them, and how many tokens were cut off: see `ended`."""
        return self.ended(self.source.encode(line))

    def ended(self, ids: list[int]) -> tuple[list[int], int]:
        """Source numbers cut to `max_length` and ended with END, and how many were cut off.

        END is never cut: an empty line is a lone END, and its translation is the empty line by decision, not by the net.
        """
        shortened = ids if self.max_length is None else ids[: self.max_length]
        return [*shortened, END], len(ids) - len(shortened)


def fit_pairs(sides: tuple[Side, Side], settings: TextSettings) -> tuple[PairText, list[list[int]], list[list[int]]]:
    """The text of a translation from its training lines, source side first; and the numbers of those lines."""
    level, target_level = settings.levels
    if settings.joint:
        source, target = fit(sides, level, settings)
    else:
        (source,), (target,) = fit(sides[:1], level, settings), fit(sides[1:], target_level, settings)
    return PairText(source[0], target[0], settings.max_length), source[1], target[1]
