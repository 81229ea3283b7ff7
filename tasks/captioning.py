"""Captioning: a vector into a text that says what it shows (Vinyals et al. 2015, arXiv:1411.4555)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from bench.data.pairs.tokens import END, START
from bench.data.vectors.captions import CaptionBatch, CaptionData
from bench.metrics.bleu import BleuSums, tokens_of
from bench.metrics.error_rate import exact_match, exact_match_counts
from bench.metrics.metric import Counts, Metric
from bench.nets.topology import Topology

from .text_writer import Evaluation, TextWriter

__all__ = ["Captioning", "Evaluation"]


class Captioning(TextWriter[CaptionBatch]):
    """The task over one data set of vectors with captions. Metrics: exact match in percent, BLEU, perplexity.

    Of captions in small letters the BLEU is `bleu_lowercase`.
    """

    topology = Topology.VECTOR_TO_TEXT
    causal = True

    def __init__(self, *, data: CaptionData, evaluation: Evaluation, monitor: str) -> None:
        super().__init__(
            text=data.text,
            ids=data.ids,
            references=data.references,
            evaluation=evaluation,
            monitor=monitor,
            quality=("exact_match", "higher"),
        )
        self.data = data

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to write captions again."""
        return {"kind": "captions", "text": self.text.plain()}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"sizes": {"features": self.data.width, "vocabulary": len(self.text), "start": START, "end": END}})

    def text_counts(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
        return exact_match_counts(outputs, references)

    def text_metrics(self, counts: Counts) -> dict[str, Metric]:
        return {"exact_match": exact_match(counts)}

    def scored_by(self) -> tuple[str, Callable[[str], list[str]]]:
        lowercase = self.text.lowercase
        return "13a lower-cased" if lowercase else "13a", partial(tokens_of, lowercase=lowercase)

    def compared(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Metric]:
        lowercase = self.text.lowercase
        bleu = BleuSums.of(outputs, references, lowercase=lowercase).metric()
        return super().compared(outputs, references) | {"bleu_lowercase" if lowercase else "bleu": bleu}
