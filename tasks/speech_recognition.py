"""Transcription: frames of a recording into the text that was spoken, letter by letter or word by word.

(Chan et al. 2015, Listen, Attend and Spell, arXiv:1508.01211; its pyramid over the frames is not here.)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from bench.config.factory import decoder_stack
from bench.data.frames.frames import Frames
from bench.data.pairs.pairs import PairBatch
from bench.data.pairs.tokens import END, START
from bench.data.pairs.transcripts import Transcripts
from bench.data.sources.subsample import spread
from bench.decoding.hypothesis import Hypothesis
from bench.metrics.bleu_tokeniser import SHARE, blankless_share
from bench.metrics.error_rate import speech_counts, speech_metrics
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric
from bench.nets.roles import Writes
from bench.nets.topology import Topology

from . import text_writer
from .attention_pictures import Legend, picture


@dataclass(frozen=True)
class Evaluation(text_writer.Evaluation):
    """As there; `matrices` pictures of attention."""

    least = (*text_writer.Evaluation.least, ("matrices", 0))
    matrices: int


class SpeechRecognition(text_writer.TextWriter[PairBatch]):
    """The task over one data set of frames, whose labels are written out in `level`: characters or words."""

    known_as = "Transcription"
    topology = Topology.SEQUENCE_TO_TEXT
    causal = False

    def __init__(self, *, data: Frames, evaluation: Evaluation, level: str, monitor: str) -> None:
        self.data = data
        self.transcripts = Transcripts(data, level)
        super().__init__(
            text=self.transcripts.text,
            ids=self.transcripts.ids,
            references=self.transcripts.references,
            evaluation=evaluation,
            monitor=monitor,
            quality=("character_error_rate", "lower"),
        )
        self.pictures = evaluation.matrices
        self.parts_words = blankless_share(data.labels["train"]) < SHARE

    def describe_data(self) -> dict[str, Any]:
        described = self.transcripts.description
        if self.parts_words:
            return described
        note = "the labels are of a script that does not part words by blanks: characters are counted, and no word errors"
        return {**described, "notes": [*described["notes"], note], "scored_as": {"words": "not parted"}}

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to write texts again."""
        return {"kind": "transcripts", "text": self.text.plain()}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        sizes = {"source_features": self.data.width, "target_vocabulary": len(self.text), "start": START, "end": END}
        return make({"make_decoder": decoder_stack, "sizes": sizes})

    def text_counts(self, outputs: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
        return speech_counts(outputs, [lines[0] for lines in references])

    def text_metrics(self, counts: Counts) -> dict[str, Metric]:
        metrics = speech_metrics(counts)
        return {name: metric for name, metric in metrics.items() if self.parts_words or name != "word_error_rate"}

    def row_name(self, split: str, index: int) -> str:
        return self.data.shown[split][index]

    def matrices(self, net: Writes[PairBatch], split: str, hypotheses: Sequence[Hypothesis]) -> list[Matrix]:
        ids = self.transcripts.ids[split]
        pictures = []
        for index in spread(range(len(ids)), self.pictures):
            tokens = hypotheses[index].tokens
            frames = [str(frame + 1) for frame in range(int(ids.source.lengths[index]))]
            legend = Legend(f"attention, {self.row_name(split, index)}", self.text.names([*tokens, END]), frames)
            pictures += picture(net, ids.batch(torch.tensor([index])), tokens, legend)
        return pictures
