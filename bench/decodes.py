"""What decoding asks of a task: the protocols beside `bench.task.Task`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import nn

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


@runtime_checkable
class Decodes(Protocol):
    """A task whose splits are decoded, so that decoding has a speed."""

    def decode_batches(self, count: int) -> Sequence[Any]:
        """`count` batches (fewer where there are fewer) that stand for the validation split; each has `to(device)`."""

    def decode_batch(self, net: nn.Module, strategy: "Strategy", batch: Any) -> tuple[int, int]:
        """Decodes a batch; (sentences, symbols written)."""


@runtime_checkable
class Chooses(Protocol):
    """A task that not every strategy can decode."""

    def check_strategy(self, strategy: object) -> None:
        """Raises DataError, one sentence, for a strategy that it cannot use."""
