"""Continues a text with a language model: what a task shows as a sample, and what a user's own text is given."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.text.lanes import LaneBatch
from bench.decoding.bounds import Bounds
from bench.decoding.generation import check_writes
from bench.errors import DataError
from bench.nets.roles import Writes

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


class Vocabulary(Protocol):
    def __len__(self) -> int: ...
    def decode(self, ids: Sequence[int]) -> str: ...


def make_net(vocabulary: Vocabulary, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
    """The net that reads and predicts these symbols."""
    return make({"vocabulary_size": len(vocabulary), "outputs": len(vocabulary)})


def continued(net: Writes[LaneBatch], strategy: "Strategy", prompt_T: Tensor, *, length: int, seed: int) -> Sequence[int]:
    """The numbers of `length` symbols after the prompt, which is read from a zero state. Never the unknown symbol."""
    prompt_NT = prompt_T[None].to(next(net.parameters()).device)
    window = LaneBatch(prompt_NT[:, :-1], prompt_NT[:, 1:], None, first=True, tokens=len(prompt_T) - 1)
    generator = torch.Generator(device=prompt_NT.device).manual_seed(seed)
    bounds = Bounds(length=length, eos=None, forbidden=[UNKNOWN], generator=generator)
    return strategy.generate(net.step, net.start(window), prompt_NT[:, -1], bounds)[0][0].tokens


class ContinuationReader:
    """What a checkpoint of a language model reads with. `encode` gives the numbers of a text, and how many were unknown."""

    def __init__(self, vocabulary: Vocabulary, encode: Callable[[str], tuple[Tensor, int]], length: int, unit: str) -> None:
        self.vocabulary, self.encode, self.length, self.unit = vocabulary, encode, length, unit

    def check_strategy(self, strategy: object, name: str) -> None:
        check_writes(strategy, name)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make_net(self.vocabulary, make)

    @torch.no_grad()
    def decode(
        self, net: Writes[LaneBatch], strategy: "Strategy", text: str, seed: int, tell: Callable[[str], None]
    ) -> Iterator[str]:
        """`evaluation.sample_length` symbols that follow the whole text."""
        prompt_T, unknown = self.encode(text)
        if not len(prompt_T):
            raise DataError(f"the input has no {self.unit}: give a text to continue.")
        if unknown:
            tell(f"{unknown:,} of {len(prompt_T):,} {self.unit} do not occur in training and were read as one unknown symbol")
        numbers = continued(net, strategy, prompt_T, length=self.length, seed=seed)
        yield f"{self.vocabulary.decode(numbers)}\n"
