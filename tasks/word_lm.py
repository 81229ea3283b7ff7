"""Word language modelling: predict the next word of a text (Bengio et al. 2003; Mikolov et al. 2010; Zaremba et al. 2014).

The metric is perplexity per word, the ends of lines and the unknown word counted like any other; it compares at equal
vocabularies alone.
"""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from bench.data.batches.word_vocabulary import WordVocabulary
from bench.data.text.words import WordData
from bench.errors import DataError
from bench.metrics.metric import Counts, Metric

from .continuation import ContinuationReader
from .language_model import Evaluation, LanguageModel

SCORED = 512  # predictions made at a time: each has a probability for every word


class WordLM(LanguageModel):
    """The task over one text; the protocol is that of `tasks.language_model`, over words."""

    primary = "perplexity"
    unit = "words"

    def __init__(self, *, data: WordData, evaluation: Evaluation, window: int, initial_state: str, monitor_lanes: int) -> None:
        self.data = data
        super().__init__(
            data=data, evaluation=evaluation, window=window, initial_state=initial_state, monitor_lanes=monitor_lanes
        )
        if monitor_lanes > SCORED:
            raise DataError(f"task.monitor_lanes={monitor_lanes} is out of range: give a number from 1 to {SCORED}.")

    def prompt_ids(self) -> Tensor:
        return self.data.vocabulary.prefix(self.evaluation.prompt)

    def vocabulary(self) -> dict[str, Any]:
        word_vocabulary = self.data.vocabulary
        return {
            "kind": "words",
            "words": list(word_vocabulary.words),
            "unknown": word_vocabulary.unknown,
            "line_end": word_vocabulary.line_end,
        }

    @staticmethod
    def restore(vocabulary: Mapping[str, Any], evaluation: Evaluation) -> ContinuationReader:
        """What continues a text, from a checkpoint's `vocabulary()` alone."""
        word_vocabulary = WordVocabulary(tuple(vocabulary["words"]), vocabulary["unknown"], vocabulary["line_end"])

        def encode(text: str) -> tuple[Tensor, int]:
            prefix_T = word_vocabulary.prefix(text)
            return prefix_T, sum(word not in word_vocabulary.numbers for word in text.split())

        return ContinuationReader(word_vocabulary, encode, evaluation.sample_length, WordLM.unit)

    def scored_window(self, lanes: int) -> int:
        return SCORED // lanes

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts[self.unit], int(counts[self.unit])
        return {
            "perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count),
            "nats_per_word": Metric(nats, "nats/word", "lower", count),
        }
