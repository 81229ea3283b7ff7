"""Subwords: pairs of adjacent symbols merged by frequency (byte pair encoding, Sennrich et al. 2016, arXiv:1508.07909).

Over the bytes of UTF-8, as the package `tokenizers` does it: any text can be written, nothing is unknown, and a line comes back
byte for byte (no normalisation). No merge crosses the border of a word; a word takes the space before it along, the first
one of a line an added space, which decoding takes away again. Numbers of a drawn sequence need not be whole characters: what
is not UTF-8 then reads as U+FFFD.

Learning takes time that grows with the square of a word's length. Where training has a run without blanks of more than LONGEST
characters, all runs are cut there, so that it grows with the text alone.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.data.pairs.tokens import FIRST

PIECES = r" ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+"  # words, numbers, the rest, white space
LONGEST = 256
LONG_RUN = re.compile(rf"\S{{{LONGEST + 1}}}|\s{{{LONGEST + 1}}}")


@dataclass(frozen=True)
class Merges:
    """`tokens[i]` (bytes in the alphabet of printable characters that GPT-2 made for them) has the number i + FIRST.

    `longest`: characters of a run without blanks that merges may cross; None for all.
    """

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    longest: int | None = None

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Merges":
        return cls(tuple(plain["tokens"]), tuple((left, right) for left, right in plain["merges"]), plain.get("longest"))

    def plain(self) -> dict[str, Any]:
        longest = {} if self.longest is None else {"longest": self.longest}
        return {"tokens": list(self.tokens), "merges": [list(pair) for pair in self.merges], **longest}

    def __len__(self) -> int:
        return len(self.tokens) + FIRST

    def encode(self, line: str) -> list[int]:
        return [number + FIRST for number in self._model.encode(" " + line).ids] if line else []

    def decode(self, ids: Sequence[int]) -> str:
        """The line; numbers below FIRST are no text and are left out."""
        line: str = self._model.decode([i - FIRST for i in ids if i >= FIRST])
        return line.removeprefix(" ")

    def name(self, number: int, unknown: str) -> str:
        """A label for one number: its text, or its bytes where they are not whole characters."""
        if number < FIRST:
            return unknown
        text: str = self._model.decode([number - FIRST])
        return self.tokens[number - FIRST] if "\N{REPLACEMENT CHARACTER}" in text else text

    @cached_property
    def _model(self) -> Any:
        from tokenizers.models import BPE

        numbers = {token: index for index, token in enumerate(self.tokens)}
        return _around(BPE(vocab=numbers, merges=list(self.merges)), self.longest)


def learn(lines: Iterable[str], *, size: int, min_frequency: int) -> Merges:
    """At most `size` tokens, the 256 bytes first; a pair that occurs fewer than `min_frequency` times is not merged."""
    import json

    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads would not survive a fork
    trainer = BpeTrainer(
        vocab_size=size, min_frequency=min_frequency, show_progress=False, initial_alphabet=sorted(ByteLevel.alphabet())
    )
    lines = list(lines)
    longest = LONGEST if any(map(_is_long, lines)) else None
    model = _around(BPE(), longest)
    model.train_from_iterator((" " + line for line in lines), trainer)
    learnt = json.loads(model.to_str())["model"]
    tokens = sorted(learnt["vocab"], key=learnt["vocab"].__getitem__)
    return Merges(tuple(tokens), tuple((left, right) for left, right in learnt["merges"]), longest)


def pieces(longest: int | None) -> str:
    """The pattern of what no merge crosses the borders of, in runs of at most `longest` characters."""
    return PIECES if longest is None else re.sub(r"(?<=[\]}s])\+", f"{{1,{longest}}}", PIECES)


def _is_long(line: str) -> bool:
    """Whether a run without blanks, or of blanks, is longer than LONGEST."""
    return len(line) > LONGEST and bool(LONG_RUN.search(line))


def _around(model: Any, longest: int | None) -> Any:
    from tokenizers import Regex, Tokenizer
    from tokenizers.decoders import ByteLevel as BytesOut
    from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split

    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Sequence(
        [Split(Regex(pieces(longest)), "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = BytesOut()
    return tokenizer
