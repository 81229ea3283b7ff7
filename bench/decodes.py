"""What decoding asks of a task: the protocols beside `bench.task.Task`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import nn

from bench.errors import ConfigError

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


@runtime_checkable
class Decodes(Protocol):
    """A task whose splits are decoded, so that decoding has a speed."""

    def decode_batches(self, count: int) -> Sequence[Any]:
        """`count` batches (fewer where there are fewer) that stand for the validation split; each has `to(device)`."""

    def decode_batch(self, net: nn.Module, strategy: "Strategy", batch: Any) -> tuple[int, int]:
        """Decodes a batch; (sentences, symbols written)."""


class Reads(Protocol):
    """What a task restores from a checkpoint to read a user's text: the result of its `restore(vocabulary, evaluation)`."""

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        """The net of the checkpoint, as `Task.make_net` builds it."""

    def decode(self, net: nn.Module, strategy: "Strategy", text: str, seed: int, tell: Callable[[str], None]) -> Iterator[str]:
        """What the weights make of the text, in pieces; `tell` is told in sentences how it was read."""


@runtime_checkable
class Chooses(Protocol):
    """A task that not every strategy can decode."""

    def check_strategy(self, strategy: object) -> None:
        """Raises DataError, one sentence, for a strategy that it cannot use."""


def check_writes(strategy: object, name: str) -> None:
    """Raises ConfigError for a strategy that writes nothing, symbol after symbol."""
    if not hasattr(strategy, "generate"):
        raise ConfigError(f"decode={name} is for tasks of one tag a word: give decode=greedy, beam or sample.")
