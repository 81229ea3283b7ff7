"""What a task is to the machinery: the protocols that `tasks/*.py` fulfil.

A task brings its data as batches, says how a net is built over them, and turns sums over batches into metrics. The learner,
the trainer and the speed pass know a task only through this file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import nn

from bench.data.batches.batch import Loader
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric, add
from bench.nets.topology import Topology
from bench.records.output_files import Scored

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

Cell = str | float | int | None


@dataclass(frozen=True)
class Outputs:
    """`rows` under `columns` go to wandb as a table; `files` (file name ending -> content) lie beside the record; `metrics` by
    split join those of the likelihood; from `scored` those of the last split can be computed again."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    files: Mapping[str, str]
    metrics: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    matrices: Sequence[Matrix] = ()
    scored: Scored | None = None


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

    def outputs(self, net: nn.Module, strategy: "Strategy", seed: int) -> Outputs:
        """What the net gives out under `strategy`: samples, translations, tags; and the metrics that need them."""


@runtime_checkable
class Writes(Protocol):
    """A task whose nets write texts."""

    def longest_text(self) -> int:
        """Symbols of the longest text of all splits, without the end."""


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


@torch.no_grad()
def evaluate(task: Task, net: nn.Module, loader: Loader) -> dict[str, Metric]:
    """Metrics of `net` over all batches of `loader`; the state is carried from batch to batch where the task carries it."""
    device = next(net.parameters()).device
    was_training = net.training
    net.eval()
    total: Counts = {}
    state: Any = None
    for batch in loader:
        counts, state = task.score(net, batch.to(device), state)
        total = add(total, counts)
    net.train(was_training)
    return task.metrics(total)
