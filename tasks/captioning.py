"""Captioning: a vector into a text that says what it shows (Vinyals et al. 2015, arXiv:1411.4555)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from bench.data.pairs.tokens import END, START
from bench.data.vectors.captions import CaptionBatch, CaptionData
from bench.metrics.bleu import BleuSums, tokens_of
from bench.metrics.bleu_tokeniser import BLANKS, chosen
from bench.metrics.error_rate import exact_match, exact_match_counts
from bench.metrics.metric import Counts, Metric
from bench.nets.topology import Topology

from .text_writer import Evaluation, TextWriter

__all__ = ["Captioning", "Evaluation"]


class Captioning(TextWriter[CaptionBatch]):
    """The task over one data set of vectors with captions. Metrics: exact match in percent, BLEU, perplexity.

    Of captions in small letters the BLEU is `bleu_lowercase`. Its tokeniser is that of what the captions are written in, and
    unknown words are left out.
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
        lines_read = (line for lines in data.references["train"] for line in lines)
        self.tokeniser, self.notes = chosen(lines_read, None, of="caption")

    def describe_data(self) -> dict[str, Any]:
        unknown = {"unknown": "left_out"} if self.data.learns_unknown else {}
        chosen_as = {} if self.primary == "perplexity" else unknown
        scored_as = unknown if self.tokeniser == BLANKS else {**unknown, "tokeniser": self.tokeniser}
        return {
            **self.data.description,
            "notes": [*self.data.description["notes"], *self.notes],
            **({"chosen_as": chosen_as} if chosen_as else {}),
            **({"scored_as": scored_as} if scored_as else {}),
        }

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
        unit = f"{self.tokeniser} lower-cased" if lowercase else self.tokeniser
        return unit, partial(tokens_of, lowercase=lowercase, tokeniser=self.tokeniser)

    def compared(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Metric]:
        lowercase = self.text.lowercase
        bleu = BleuSums.of(outputs, references, lowercase=lowercase, tokeniser=self.tokeniser).metric()
        return super().compared(outputs, references) | {"bleu_lowercase" if lowercase else "bleu": bleu}
