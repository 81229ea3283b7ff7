"""Drawn sequences with a class at every step: `bench.nets.aligned` reads them.

All steps train; those that the batch asks for are scored, since the others need no memory.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor, nn

from bench.data.batches.sequences import StepBatch
from bench.metrics.accuracy import class_counts, class_metrics, percent, spelled
from bench.metrics.metric import Counts, Metric
from bench.nets.net import nll
from bench.nets.roles import Labels
from bench.nets.topology import Topology

from .synthetic import Synthetic


class EveryStep(Synthetic[Labels[StepBatch], StepBatch]):
    """`tokens` and `classes` are how many there are."""

    topology = Topology.EACH_STEP
    tokens: int
    classes: int

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"vocabulary_size": self.tokens, "outputs": self.classes})

    def score(self, net: Labels[StepBatch], batch: StepBatch, state: Any) -> tuple[Counts, Any]:
        return self.counted(net.scores(batch), batch), None

    def counted(self, logits_BTK: Tensor, batch: StepBatch) -> Counts:
        """Sums over the steps of a batch."""
        nll_sum, steps = nll(logits_BTK, batch.targets_BT, batch.lengths_B)
        wrong_BT = (logits_BTK.argmax(2) != batch.targets_BT) & batch.asked_BT
        counts = {"nll_nats": float(nll_sum), "steps": float(steps)}
        answering_B = batch.asked_BT.any(1)  # of a sequence that asks nothing there is no answer
        counts |= {"rows": float(answering_B.sum()), "exact": float((answering_B & ~wrong_BT.any(1)).sum())}
        return counts | class_counts(logits_BTK[batch.asked_BT], batch.targets_BT[batch.asked_BT])

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats = counts["nll_nats"] / counts["steps"]
        return {
            **class_metrics(counts),
            "exact_match": percent(counts["exact"], counts["rows"], "higher"),
            "nats_per_step": Metric(nats, "nats/step", "lower", int(counts["steps"])),
        }

    def answered(self, net: Labels[StepBatch], batch: StepBatch) -> Iterable[tuple[str, str, str]]:
        predicted_BT = net.scores(batch).argmax(2)
        lengths_B = [batch.inputs_BT.size(1)] * batch.rows if batch.lengths_B is None else batch.lengths_B.tolist()
        for inputs_T, targets_T, predicted_T, scored_T, length in zip(
            batch.inputs_BT, batch.targets_BT, predicted_BT, batch.asked_BT, lengths_B, strict=True
        ):
            yield spelled(inputs_T[:length]), spelled(targets_T[scored_T]), spelled(predicted_T[scored_T])
