"""Drawn sequences with one class each: `bench.nets.pooled` reads them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import nn
from torch.nn import functional as F

from bench.data.batches.sequences import WholeBatch
from bench.metrics.accuracy import class_counts, class_metrics, spelled
from bench.metrics.metric import Counts, Metric
from bench.nets.pooled import Ends
from bench.nets.roles import Answers
from bench.nets.topology import Topology

from .synthetic import Synthetic


class OneAnswer(Synthetic[Answers[WholeBatch], WholeBatch]):
    """`tokens` and `classes` are how many there are."""

    topology = Topology.ONE_ANSWER
    tokens: int
    classes: int

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"ends": Ends(inputs=self.tokens, outputs=self.classes, tokens=True, numbers=False)})

    def score(self, net: Answers[WholeBatch], batch: WholeBatch, state: Any) -> tuple[Counts, Any]:
        logits_BK = net.answers(batch)
        nll_sum = F.cross_entropy(logits_BK, batch.targets_B, reduction="sum")
        return {"nll_nats": float(nll_sum), **class_counts(logits_BK, batch.targets_B)}, None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats = counts["nll_nats"] / counts["answers"]
        return class_metrics(counts) | {"nats_per_answer": Metric(nats, "nats", "lower", int(counts["answers"]))}

    def answered(self, net: Answers[WholeBatch], batch: WholeBatch) -> Iterable[tuple[str, str, str]]:
        predicted_B = net.answers(batch).argmax(1)
        for inputs_T, target, predicted in zip(batch.inputs_BT, batch.targets_B.tolist(), predicted_B.tolist(), strict=True):
            yield spelled(inputs_T), str(target), str(predicted)
