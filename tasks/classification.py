"""One class a sequence of a data set: `bench.nets.pooled` reads it. Batches hold rows of like length.

Metrics: accuracy and macro F1 in percent, beside `guess_accuracy`, what always giving the most frequent class of the split
gets. While training, accuracy on validation chooses the checkpoint.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from bench.data.batches.batch import Loader
from bench.data.batches.buckets import Buckets, Ordered
from bench.data.batches.sequences import WholeBatch
from bench.data.classes.class_rows import ClassRows
from bench.data.sources.subsample import spread
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.metrics.accuracy import class_counts, class_metrics
from bench.metrics.macro_f1 import f1_counts, macro_f1
from bench.metrics.metric import Counts, Metric
from bench.nets.pooled import Ends
from bench.nets.roles import Answers
from bench.nets.topology import Topology
from bench.records.output_files import Scored
from bench.task import EvaluationSettings, Outputs, Task


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """How rows are read after training: `batch_size` at once; `samples` of them go to the table of samples."""

    chooses: ClassVar[tuple[str, ...]] = ()
    least = (("batch_size", 1), ("samples", 0))
    batch_size: int
    samples: int


class Classification(Task[Answers[WholeBatch]]):
    """`rows` by split; `inputs` is how many tokens there are, or None where steps are vectors; `classes` their names.

    `describe_data` and `shown` are a task's own.
    """

    topology = Topology.ONE_ANSWER
    primary = "accuracy"
    better = "higher"
    causal = False

    def __init__(
        self, *, rows: Mapping[str, ClassRows], inputs: int | None, classes: Sequence[str], evaluation: Evaluation
    ) -> None:
        self.rows = self.scored = rows
        self.classes = classes
        self.evaluation = evaluation
        tokens = inputs is not None
        width = inputs if inputs is not None else rows["train"].steps.size(1)
        self.ends = Ends(inputs=width, outputs=len(classes), tokens=tokens, numbers=False)

    def shown(self, split: str) -> Sequence[str]:
        """How each row of a split is written among the examples."""
        raise NotImplementedError

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to name its answers."""
        return {"kind": "classes", "classes": list(self.classes)}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"ends": self.ends})

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Buckets(self.rows["train"], batch_size, seed=seed)

    def score_loader(self, split: str) -> Ordered:
        return Ordered(self.rows[split], self.evaluation.batch_size)

    def score(self, net: Answers[WholeBatch], batch: WholeBatch, state: Any) -> tuple[Counts, Any]:
        logits_BK = net.answers(batch)
        nll_sum = F.cross_entropy(logits_BK, batch.targets_B, reduction="sum")
        counts = class_counts(logits_BK, batch.targets_B) | f1_counts(logits_BK.argmax(1), batch.targets_B, len(self.classes))
        return {"nll_nats": float(nll_sum), **counts}, None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        over_classes = class_metrics(counts)
        nats = counts["nll_nats"] / counts["answers"]
        return {
            "accuracy": over_classes["accuracy"],
            "macro_f1": macro_f1(counts),
            "guess_accuracy": over_classes["guess_accuracy"],
            "nats_per_answer": Metric(nats, "nats", "lower", int(counts["answers"])),
        }

    def check_strategy(self, strategy: object, name: str) -> None:
        """Raises DataError for a strategy that draws or searches: an answer is the likeliest class."""
        if not isinstance(strategy, Greedy):
            raise DataError("this task takes the likeliest answer: give decode=greedy.")

    @torch.no_grad()
    def outputs(self, net: Answers[WholeBatch], strategy: Any, seed: int) -> Outputs:
        """Every row of the last split that there is, with its right class and the one given, in the order of the data."""
        split = list(self.splits())[-1]
        device = next(net.parameters()).device
        loader = self.score_loader(split)
        predicted = torch.empty(len(self.rows[split]), dtype=torch.int64)
        for rows_B, batch in zip(loader.rows, loader, strict=True):
            predicted[rows_B] = net.answers(batch.to(device)).argmax(1).cpu()
        columns = ("read", "class", "given")
        triples = zip(self.shown(split), self.rows[split].target.flat.tolist(), predicted.tolist(), strict=True)
        rows = [(shown, self.classes[right], self.classes[answer]) for shown, right, answer in triples]
        text = "".join("\t".join(row) + "\n" for row in [columns, *rows])
        scored = Scored(split, "classes", [[answer] for *_, answer in rows], [[[right]] for _, right, _ in rows])
        return Outputs(columns, spread(rows, self.evaluation.samples), {"tsv": text}, scored=scored)
