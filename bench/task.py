"""What a task is to the machinery: the protocols that `tasks/*.py` fulfil, and the sums that its metrics are made of.

A task brings its data as batches, says how a net is built over them, and turns sums over batches into metrics. The learner,
the trainer and the speed pass know a task only through this file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import nn

from bench.nets.topology import Topology

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy
    from bench.outputs import Outputs


@dataclass(frozen=True)
class Metric:
    """A value with what it takes to read it: unit, which way is better, and over how many items it was taken."""

    value: float
    unit: str
    better: str
    count: int
    signature: str | None = None


Counts = dict[str, float]
"""Sums over batches; adding two of them key by key gives the sums of both."""


def add(total: Counts, more: Counts) -> Counts:
    """Sums of both; the first total is empty."""
    return {key: value + total[key] if total else value for key, value in more.items()}


class Batch(Protocol):
    """What a loader yields. `first` marks a batch at the start of its streams: no state is carried into it."""

    first: bool

    @property
    def tokens(self) -> int: ...

    def to(self, device: Any) -> "Batch": ...


class Loader(Protocol):
    """Batches in an order that the seed and the epoch fix: iterating twice gives the same batches unless an epoch is set."""

    def set_epoch(self, epoch: int) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class Task(Protocol):
    """One task over one data set.

    `topology` is what flows into the net. `primary` is the metric on validation that chooses checkpoints. `causal` forbids
    nets that read ahead.
    """

    topology: Topology
    primary: str
    better: str
    causal: bool

    def describe_data(self) -> dict[str, Any]:
        """The record's `data`: name, source, revision, sha256 of the content, sizes of the splits, notes."""

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs beside the weights to read and write again, as plain JSON."""

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        """Builds the net: `make` takes what the task adds to the configured arguments (sizes of vocabularies)."""

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        """Batches of the training split."""

    def splits(self) -> Iterable[str]:
        """The splits that are scored at the end: `validation`, and `test` where the data set has one."""

    def monitor_loader(self) -> Loader:
        """Batches of the validation split for choosing checkpoints while training."""

    def score_loader(self, split: str) -> Loader:
        """Batches of a split for the figures of the record."""

    def score(self, net: nn.Module, batch: Any, state: Any) -> tuple[Counts, Any]:
        """Sums over one batch, and the state for the next."""

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        """Metrics from sums, the primary one first."""

    def carry(self, state: Any) -> Any:
        """The state that the next training batch starts from, or None."""

    def outputs(self, net: nn.Module, strategy: "Strategy", seed: int) -> "Outputs":
        """What the net gives out under `strategy`: samples, translations, tags; and the metrics that need them."""


@runtime_checkable
class Writes(Protocol):
    """A task whose nets write texts."""

    def longest_text(self) -> int:
        """Symbols of the longest text of all splits, without the end."""
