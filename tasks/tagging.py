"""Name tagging: one tag a word, scored by the names that the tags make (Tjong Kim Sang and De Meulder 2003).

`labels=spans` trains tags of the data's scheme and scores entities by conlleval's rules. `labels=binary` asks of each word
whether it is part of a name, by a logistic output. Tags that are no names (`data.scheme=plain`) are scored one by one. Batches
hold sentences of like length. While training, the validation split is tagged, and F1, or the accuracy of plain tags, chooses
the checkpoint.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import nn

from bench.data.batches.batch import Loader
from bench.data.batches.buckets import Buckets, Ordered
from bench.data.tags.schemes import OUTSIDE, PLAIN
from bench.data.tags.sentences import TagBatch
from bench.data.tags.tag_text import TagText
from bench.data.tags.tagged import TaggedData
from bench.errors import DataError
from bench.metrics.metric import Counts, Metric
from bench.nets.roles import Tags
from bench.nets.topology import Topology
from bench.task import EvaluationSettings, Outputs, Task

from .tag_measures import measure_of
from .tag_reader import NetT, TagReader, TagStrategy, check_strategy, make_net
from .tagging_outputs import collect, rows_of

LABELS = ("spans", "binary")


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """How sentences are read after training: `batch_size` at once; `samples` of them go to the table of samples."""

    chooses: ClassVar[tuple[str, ...]] = ()
    least = (("batch_size", 1), ("samples", 0))
    batch_size: int
    samples: int


class Relabelled:
    """Batches whose tags are two classes: 0 outside, 1 part of a name."""

    def __init__(self, batches: Loader) -> None:
        self.batches = batches

    def set_epoch(self, epoch: int) -> None:
        self.batches.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[TagBatch]:
        return (replace(batch, targets_BT=batch.targets_BT.clamp(max=1)) for batch in self.batches)


class Tagging(Task[Tags[TagBatch]]):
    """The task over one data set of tagged sentences."""

    known_as = "NameTagging"
    topology = Topology.TAGGED_WORDS
    better = "higher"
    causal = False

    def __init__(self, *, data: TaggedData, evaluation: Evaluation, labels: str) -> None:
        if labels not in LABELS:
            raise DataError(f"task.labels={labels} is unknown: give {' or '.join(LABELS)}.")
        self.measure = measure_of(data, labels)
        if data.scheme == PLAIN and len(data.text.tags) == 1:
            raise DataError(
                f"data={data.name}: all words of the train split have the tag {data.text.tags[0]}: there is nothing to learn; "
                "name another column with data.columns.tag, or give a larger data.limit."
            )
        if data.text.tags == (OUTSIDE,):
            raise DataError(
                f"data={data.name}: no word of the train split has a tag other than {OUTSIDE}: there is nothing to learn; "
                "correct the file, or give a larger data.limit."
            )
        self.data = data
        self.scored = data.ids
        self.evaluation = evaluation
        self.binary = labels == "binary"
        self.primary = self.measure.primary

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to read sentences and write tags again."""
        return {"kind": "tags", "binary": self.binary, **self.data.text.plain()}

    @staticmethod
    def restore(vocabulary: Mapping[str, Any], evaluation: Evaluation) -> TagReader:
        """What tags sentences, from a checkpoint's `vocabulary()` alone."""
        return TagReader(TagText.of(vocabulary), binary=vocabulary["binary"], batch_size=evaluation.batch_size)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make_net(self.data.text, binary=self.binary, make=make)

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return self._labelled(Buckets(self.data.ids["train"], batch_size, seed=seed))

    def score_loader(self, split: str) -> Loader:
        return self._labelled(Ordered(self.data.ids[split], self.evaluation.batch_size))

    def _labelled(self, batches: Loader) -> Loader:
        return Relabelled(batches) if self.binary else batches

    def score(self, net: Tags[TagBatch], batch: TagBatch, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), _ = net.loss(batch, None)
        return {"nll_nats": float(nll_sum), "tags": float(count)}, None

    def monitor(self, net: Tags[TagBatch], batch: TagBatch, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), tags_BT = net.loss_and_tags(batch)
        counts = {"nll_nats": float(nll_sum), "tags": float(count)}
        predicted = [self.measure.decode(row) for row in rows_of(tags_BT, batch)]
        return counts | self.measure.counts(predicted, self._validated(batch)), None

    def _validated(self, batch: TagBatch) -> list[tuple[str, ...]]:
        """The tags of a batch of the validation split.

        Of plain tags those of the data: one that training lacks has no number of its own, and no guess at it is right.
        """
        if self.data.scheme == PLAIN:
            return [self.data.raw["validation"][index].tags for index in batch.index_B.tolist()]
        return [self.measure.decode(row) for row in rows_of(batch.targets_BT, batch)]

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        metrics = {}
        if "words" in counts:
            sums = {key: value for key, value in counts.items() if key not in ("nll_nats", "tags")}
            metrics = self.measure.metrics(sums)
        nats = counts["nll_nats"] / counts["tags"]
        return {**metrics, "nats_per_tag": Metric(nats, "nats/tag", "lower", int(counts["tags"]))}

    def check_strategy(self, strategy: object, name: str) -> None:
        """Raises DataError for a strategy that writes symbols one after the other."""
        check_strategy(strategy)

    def outputs(self, net: NetT, strategy: TagStrategy[NetT], seed: int) -> Outputs:
        """Every split tagged, with the metrics of the tags."""
        return collect(self, net, strategy)

    def decode_batch(self, net: NetT, strategy: TagStrategy[NetT], batch: TagBatch) -> tuple[int, int]:
        """Tags a batch; (sentences, tags written)."""
        strategy.tag(net, batch)
        return len(batch.lengths_B), batch.tokens
