"""Character language modelling: predict the next character of a text (Mikolov et al. 2010; Karpathy 2015)."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from bench.data.batches.vocabulary import CharacterVocabulary
from bench.data.text.text import TextData
from bench.metrics.metric import Counts, Metric

from .continuation import ContinuationReader
from .language_model import Evaluation, LanguageModel

SCORE_WINDOW = 1024


class CharLM(LanguageModel):
    """The task over one text; the protocol is that of `tasks.language_model`, over characters."""

    primary = "nats_per_char"
    unit = "characters"

    def __init__(self, *, data: TextData, evaluation: Evaluation, window: int, initial_state: str, monitor_lanes: int) -> None:
        self.data = data
        super().__init__(
            data=data, evaluation=evaluation, window=window, initial_state=initial_state, monitor_lanes=monitor_lanes
        )

    def prompt_ids(self) -> Tensor:
        return self.data.vocabulary.encode(self.evaluation.prompt)[0]

    def vocabulary(self) -> dict[str, Any]:
        return {"kind": "characters", "characters": self.data.vocabulary.characters}

    @staticmethod
    def restore(vocabulary: Mapping[str, Any], evaluation: Evaluation) -> ContinuationReader:
        """What continues a text, from a checkpoint's `vocabulary()` alone."""
        character_vocabulary = CharacterVocabulary(vocabulary["characters"])
        return ContinuationReader(character_vocabulary, character_vocabulary.encode, evaluation.sample_length, CharLM.unit)

    def scored_window(self, lanes: int) -> int:
        return SCORE_WINDOW

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts[self.unit], int(counts[self.unit])
        return {
            "nats_per_char": Metric(nats, "nats/character", "lower", count),
            "bits_per_char": Metric(nats / math.log(2), "bits/character", "lower", count),
            "perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count),
        }
