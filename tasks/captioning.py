"""Captioning: a vector into a text that says what it shows (Vinyals et al. 2015, arXiv:1411.4555).

`monitor=exact_match`: the share of validation captions that greedy search writes exactly chooses the checkpoint;
`monitor=perplexity`: the likelihood does. At the end every split is decoded by the strategy of `decode=` and its text scored.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bench.data.buckets import Buckets, Ordered
from bench.data.captions import CaptionBatch, CaptionData
from bench.data.tokens import END, START
from bench.decoding.greedy import Greedy
from bench.metrics.error_rate import exact_match, exact_match_counts
from bench.outputs import Outputs
from bench.task import Counts, DataError, Loader, Metric
from tasks.caption_outputs import collect, written
from tasks.monitored import Monitor, Monitored

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

MONITORS = {"exact_match": "higher", "perplexity": "lower"}


@dataclass(frozen=True)
class Evaluation:
    """`batch_size` vectors are described at once, by at most `longest` symbols; `samples` go to the table of samples."""

    batch_size: int
    longest: int
    samples: int

    def __post_init__(self) -> None:
        for key, value, low in (("batch_size", self.batch_size, 1), ("longest", self.longest, 1), ("samples", self.samples, 0)):
            if value < low:
                raise DataError(f"evaluation.{key}={value} is out of range: give a number of at least {low}.")


class Captioning:
    """The task over one data set of vectors with captions."""

    causal = True

    def __init__(self, *, data: CaptionData, evaluation: Evaluation, monitor: str) -> None:
        if monitor not in MONITORS:
            raise DataError(f"task.monitor={monitor} is unknown: give {' or '.join(MONITORS)}.")
        self.data = data
        self.evaluation = evaluation
        self.primary, self.better = monitor, MONITORS[monitor]

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to write captions again."""
        return {"kind": "captions", "text": self.data.text.plain()}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"sizes": {"features": self.data.width, "vocabulary": len(self.data.text), "start": START, "end": END}})

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Buckets(self.data.ids["train"], batch_size, seed=seed)

    def splits(self) -> Iterable[str]:
        return [split for split in ("validation", "test") if split in self.data.ids]

    def monitor_loader(self) -> Loader:
        loader = self.score_loader("validation")
        return loader if self.primary == "perplexity" else Monitor(loader)

    def score_loader(self, split: str) -> Loader:
        return Ordered(self.data.ids[split], self.evaluation.batch_size)

    def score(self, net: Any, batch: CaptionBatch | Monitored, state: Any) -> tuple[Counts, Any]:
        captions = batch.batch if isinstance(batch, Monitored) else batch
        (nll_sum, count), _ = net.loss(captions, None)
        counts = {"nll_nats": float(nll_sum), "symbols": float(count)}
        if isinstance(batch, Monitored):
            found = written(net, Greedy(), captions, longest=self.evaluation.longest, generator=None)
            references = [self.data.references["validation"][place] for place in captions.index_B.tolist()]
            counts |= exact_match_counts([self.data.text.decode(one.tokens) for one in found], references)
        return counts, None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts["symbols"], int(counts["symbols"])
        found = {"exact_match": exact_match(counts)} if "rows" in counts else {}
        return {**found, "perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count)}

    def carry(self, state: Any) -> Any:
        return None

    def outputs(self, net: Any, strategy: "Strategy", seed: int) -> Outputs:
        """Every split described by `strategy`, with the metrics of the captions."""
        return collect(self, net, strategy, seed)

    def decode_batches(self, count: int) -> list[CaptionBatch]:
        """`count` batches spread evenly over the lengths of the validation split: what the speed pass decodes."""
        batches = list(self.score_loader("validation"))
        return [batches[len(batches) * place // count] for place in range(min(count, len(batches)))]

    def decode_batch(self, net: Any, strategy: "Strategy", batch: CaptionBatch) -> tuple[int, int]:
        """Describes a batch; (captions, symbols written)."""
        generator = torch.Generator(device=batch.features_BF.device).manual_seed(0)
        found = written(net, strategy, batch, longest=self.evaluation.longest, generator=generator)
        return len(found), sum(len(one.tokens) for one in found)
