"""Translation: a line into a line of another length, sentences or pronunciations (Sutskever et al. 2014; Bahdanau et al. 2014).

Batches hold rows of like length. While training, the validation split is decoded greedily and its BLEU or word error rate
chooses the checkpoint (`monitor=perplexity`: the likelihood chooses, which costs less). At the end every split is decoded by
the strategy of `decode=` and scored on detokenised text as its language and its case allow (`bench.tasks.translation_quality`).
"""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bench.data.batches.batch import Loader
from bench.data.batches.buckets import Buckets, Ordered
from bench.data.pairs.pair_text import PairText
from bench.data.pairs.pairs import PairBatch, PairData
from bench.data.pairs.targets import longest_text
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.metrics.bleu import BleuSums
from bench.metrics.error_rate import pronunciation_metrics
from bench.metrics.metric import Counts, Metric
from bench.nets.roles import Writes
from bench.nets.topology import Topology
from bench.task import Outputs, Task

from .translation_outputs import collect
from .translation_quality import Quality, phoneme_counts
from .translator import Evaluation, Reader
from .unknown_words import WRITTEN

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

__all__ = ["Evaluation", "Translation"]


class Translation(Task[Writes[PairBatch]]):
    """The task over one data set of pairs."""

    topology = Topology.SEQUENCE_TO_TEXT
    causal = False

    def __init__(self, *, data: PairData, evaluation: Evaluation, batch_by: str, monitor: str) -> None:
        if monitor not in ("metric", "perplexity"):
            raise DataError(f"task.monitor={monitor} is unknown: give metric or perplexity.")
        self.data = data
        self.scored = data.ids
        self.evaluation = evaluation
        self.reader = Reader(data.text, evaluation)
        self.batch_by = batch_by
        self.quality = Quality.of(data)
        self.primary, self.better = ("perplexity", "lower") if monitor == "perplexity" else self.quality.primary

    def describe_data(self) -> dict[str, Any]:
        return self._description

    @cached_property
    def _description(self) -> dict[str, Any]:
        rule = self.evaluation.unknown
        may_be_unknown = self.data.learns_unknown or not (self.quality.pronounced or self.data.target_level == "subwords")
        unknown = {"unknown": rule} if rule != WRITTEN and may_be_unknown else {}
        chosen_as = {} if self.primary == "perplexity" else {**self.quality.chosen_as, **unknown}
        scored_as = {**self.quality.scored_as, **unknown}
        described = self.data.description
        return {
            **described,
            "notes": [*described["notes"], *self.quality.notes, *self.quality.ceilings(self.data)],
            **({"chosen_as": chosen_as} if chosen_as else {}),
            **({"scored_as": scored_as} if scored_as else {}),
        }

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to read and write again: see `restore`."""
        return {"kind": "pairs", "languages": list(self.data.languages), **self.data.text.plain()}

    @staticmethod
    def restore(vocabulary: Mapping[str, Any], evaluation: Evaluation) -> Reader:
        """What decodes lines, from a checkpoint's `vocabulary()` alone."""
        return Reader(PairText.of(vocabulary), evaluation)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return self.reader.make_net(make)

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Buckets(self.data.ids["train"], batch_size, seed=seed, batch_by=self.batch_by)

    def score_loader(self, split: str) -> Loader:
        return Ordered(self.data.ids[split], self.evaluation.batch_size)

    def score(self, net: Writes[PairBatch], batch: PairBatch, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), _ = net.loss(batch, None)
        return {"nll_nats": float(nll_sum), "tokens": float(count)}, None

    def monitor(self, net: Writes[PairBatch], batch: PairBatch, state: Any) -> tuple[Counts, Any]:
        counts, _ = self.score(net, batch, None)
        return counts | ({} if self.primary == "perplexity" else self._greedy(net, batch)), None

    def _greedy(self, net: Writes[PairBatch], batch: PairBatch) -> Counts:
        """Sums of the primary metric over the greedy outputs of a batch."""
        hypotheses = self.reader.batch(net, Greedy(), batch, torch.Generator(device=batch.source_BS.device))
        rows = self.data.raw["validation"]
        outputs = self.reader.spelled(net, batch, hypotheses, rows.sources)
        references = [rows.references[index] for index in batch.index_B.tolist()]
        if self.quality.pronounced:
            return phoneme_counts(outputs, references)
        return _plain(self.quality.bleu(outputs, references))

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts["tokens"], int(counts["tokens"])
        likelihood = {"perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count)}
        if "wrong_words" in counts:
            return pronunciation_metrics(counts) | likelihood
        if "correct_1" in counts:
            return {self.primary: _sums(counts, self.quality).metric()} | likelihood
        return likelihood

    def longest_text(self) -> int:
        return longest_text(self.data.ids)

    def outputs(self, net: Writes[PairBatch], strategy: "Strategy", seed: int) -> Outputs:
        """Every split decoded by `strategy`, with the metrics of the outputs."""
        return collect(self.data, self.reader, net, strategy, seed=seed, quality=self.quality)

    def decode_batch(self, net: Writes[PairBatch], strategy: "Strategy", batch: PairBatch) -> tuple[int, int]:
        """Decodes a batch; (rows, symbols written)."""
        generator = torch.Generator(device=batch.source_BS.device).manual_seed(0)
        hypotheses = self.reader.batch(net, strategy, batch, generator)
        return len(hypotheses), sum(len(hypothesis.tokens) for hypothesis in hypotheses)


def _plain(sums: BleuSums) -> Counts:
    """BLEU's sums as numbers that add up over batches."""
    counts: Counts = {"hypothesis_words": sums.hypothesis_words, "reference_words": sums.reference_words, "rows": sums.rows}
    for order, (correct, total) in enumerate(zip(sums.correct, sums.total, strict=True), 1):
        counts |= {f"correct_{order}": correct, f"total_{order}": total}
    return counts


def _sums(counts: Counts, quality: Quality) -> BleuSums:
    correct, total = (tuple(int(counts[f"{kind}_{order}"]) for order in range(1, 5)) for kind in ("correct", "total"))
    words = int(counts["hypothesis_words"]), int(counts["reference_words"])
    return BleuSums(correct, total, *words, int(counts["rows"]), quality.lowercase, 1, 1, quality.tokeniser)
