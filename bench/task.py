"""What a task is to the machinery: the base and the protocols of `tasks/*.py`.

A task brings its data as batches, says how a net is built over them, and turns sums over batches into metrics. The learner,
the trainer and the speed pass know a task only through this file.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

import torch
from torch import nn

from bench.data.batches.batch import Loader
from bench.data.sources.subsample import spread
from bench.decoding.generation import check_writes
from bench.errors import DataError
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric, add
from bench.nets.topology import Topology
from bench.records.output_files import Scored

Cell = str | float | int | None
NetT_contra = TypeVar("NetT_contra", bound=nn.Module, contravariant=True)


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


class EvaluationSettings:
    """Base of the dataclasses of `evaluation`. `least`: the smallest value of each setting that has one.

    A class says besides which of its settings bound the outputs that choose the checkpoint (`chooses`): without that, all do;
    and which are in no name by themselves (`resolved`), for what a task makes of them is: see `Task.describe_data`.
    """

    least: ClassVar[tuple[tuple[str, float], ...]] = ()

    def __post_init__(self) -> None:
        """Raises DataError for a value below its least."""
        for key, low in self.least:
            if not getattr(self, key) >= low:
                raise DataError(f"evaluation.{key}={getattr(self, key)} is out of range: give a number of at least {low:g}.")


class Task(Generic[NetT_contra]):
    """Base of all tasks: one task over one data set.

    `topology` is what flows into the net. `primary` is the metric on validation that chooses checkpoints, `better` which way
    it is better. `causal` forbids nets that read ahead.

    It is over the nets that it asks, named by a role over its batches (`bench.nets.roles`): `Task[Writes[PairBatch]]`. The
    machinery gives a task whatever net its topology allows, and names it `Task[Any]`.
    """

    version: ClassVar[int] = 1
    """Of what it makes of its data: a change that gives other batches raises it (`bench.jobs.identity`)."""
    scoring: ClassVar[int] = 1
    """Of what it makes of outputs: a change that gives other figures raises it."""
    topology: Topology
    primary: str
    better: str
    causal: bool
    scored: Collection[str] = ()
    """The splits that the data set has."""

    def describe_data(self) -> dict[str, Any]:
        """The record's `data`: name, source, revision, sha256 of the content, sizes of the splits, notes.

        And what the data decided of how outputs are scored, where that is not what it was before they could decide it:
        `chosen_as` of what chooses the checkpoint, `scored_as` of the figures. Both are in the names.
        """
        raise NotImplementedError

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs beside the weights to read and write again, as plain JSON."""
        raise NotImplementedError

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        """Builds the net: `make` takes what the task adds to the configured arguments (sizes of vocabularies)."""
        raise NotImplementedError

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        """Batches of the training split."""
        raise NotImplementedError

    def score_loader(self, split: str) -> Loader:
        """Batches of a split for the figures of the record."""
        raise NotImplementedError

    def score(self, net: NetT_contra, batch: Any, state: Any) -> tuple[Counts, Any]:
        """Sums over one batch, and the state for the next."""
        raise NotImplementedError

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        """Metrics from sums, the primary one first."""
        raise NotImplementedError

    def outputs(self, net: NetT_contra, strategy: Any, seed: int) -> Outputs:
        """What the net gives out under `strategy`: samples, translations, tags; and the metrics that need them."""
        raise NotImplementedError

    def splits(self) -> list[str]:
        """The splits that are scored at the end: `validation`, and `test` where the data set has one."""
        return [split for split in ("validation", "test") if split in self.scored]

    def monitor_loader(self) -> Loader:
        """Batches of the validation split for choosing checkpoints while training."""
        return self.score_loader("validation")

    def monitor(self, net: NetT_contra, batch: Any, state: Any) -> tuple[Counts, Any]:
        """As `score`, with the sums of the primary metric, which may need outputs."""
        return self.score(net, batch, state)

    def carry(self, state: Any) -> Any:
        """The state that the next training batch starts from, or None."""
        return None

    def check_strategy(self, strategy: object, name: str) -> None:
        """Raises ConfigError or DataError, one sentence, for `decode=name` where the task cannot use it."""
        check_writes(strategy, name)

    def decode_batches(self, count: int) -> list[Any]:
        """`count` batches (fewer where there are fewer) spread evenly over the lengths of the validation split."""
        return spread(list(self.score_loader("validation")), count)

    def longest_text(self) -> int:
        """Symbols of the longest text of all splits that nets write, without the end; 0 where they write none."""
        return 0


@runtime_checkable
class Decodes(Protocol[NetT_contra]):
    """A task whose splits are decoded, so that decoding has a speed."""

    def decode_batch(self, net: NetT_contra, strategy: Any, batch: Any) -> tuple[int, int]:
        """Decodes a batch; (sentences, symbols written)."""


class Reads(Protocol[NetT_contra]):
    """What a task restores from a checkpoint to read a user's text: the result of its `restore(vocabulary, evaluation)`."""

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        """The net of the checkpoint, as `Task.make_net` builds it."""

    def check_strategy(self, strategy: object, name: str) -> None:
        """As `Task.check_strategy`."""

    def decode(self, net: NetT_contra, strategy: Any, text: str, seed: int, tell: Callable[[str], None]) -> Iterator[str]:
        """What the weights make of the text, in pieces; `tell` is told in sentences how it was read."""


Score = Callable[[Any, Any, Any], tuple[Counts, Any]]
"""`Task.score` or `Task.monitor` of a task."""


@torch.no_grad()
def evaluate(task: Task[Any], net: nn.Module, loader: Loader, score: Score | None = None) -> dict[str, Metric]:
    """Metrics of `net` over all batches of `loader` by `score` (`task.score`, or `task.monitor`); the state is carried from
    batch to batch where the task carries it."""
    device = next(net.parameters()).device
    was_training = net.training
    net.eval()
    total: Counts = {}
    state: Any = None
    for batch in loader:
        counts, state = (score or task.score)(net, batch.to(device), state)
        total = add(total, counts)
    net.train(was_training)
    return task.metrics(total)
