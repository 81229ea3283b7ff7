"""Outputs of a translation: metrics of each split, sample lines, attention as matrices."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from bench.data.pairs.pairs import PairBatch, PairData
from bench.data.pairs.tokens import END
from bench.data.sources.subsample import spread
from bench.decoding.hypothesis import Hypothesis
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Metric
from bench.nets.roles import Writes
from bench.records.output_files import Scored
from bench.task import Outputs

from .attention_pictures import Legend, picture
from .translation_quality import Quality
from .translator import Output, Reader

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

COLUMNS = ("source", "output", "reference", "score", "symbols", "reference symbols")


def collect(
    data: PairData, reader: Reader, net: Writes[PairBatch], strategy: "Strategy", *, seed: int, quality: Quality
) -> Outputs:
    """Decodes validation and test. Rows, text and matrices are of the last split that there is; all its lines are kept."""
    metrics: dict[str, dict[str, Metric]] = {}
    shown = "test" if "test" in data.ids else "validation"
    outputs: list[Output] = []
    for split in [split for split in ("validation", "test") if split in data.ids]:
        outputs = reader.all(net, strategy, data.ids[split], data.raw[split].sources, seed)
        metrics[split] = quality.score(data, split, outputs)
    lines = [output.line for output in outputs]
    rows = [_row(data, shown, index, outputs[index]) for index in spread(range(len(lines)), reader.evaluation.samples)]
    hypotheses = [output.hypothesis for output in outputs]
    matrices = attention(data, shown, hypotheses, net=net, places=spread(range(len(lines)), reader.evaluation.matrices))
    references = [list(map(quality.tokens, ways)) for ways in data.raw[shown].references]
    scored = Scored(shown, quality.unit, list(map(quality.tokens, lines)), references)
    return Outputs(COLUMNS, rows, {"txt": "".join(f"{line}\n" for line in lines)}, metrics, matrices, scored)


def attention(
    data: PairData, split: str, hypotheses: Sequence[Hypothesis], *, net: Writes[PairBatch], places: Sequence[int]
) -> list[Matrix]:
    """What each symbol of these outputs looked at in its source; nothing for a net without attention."""
    pictures = []
    for index in places:
        tokens = hypotheses[index].tokens
        rows, columns = data.text.target.names([*tokens, END]), data.text.source.names(data.ids[split].source[index].tolist())
        legend = Legend(f"attention, line {index + 1}", rows, columns)
        pictures += picture(net, data.ids[split].batch(torch.tensor([index])), tokens, legend)
    return pictures


def _row(data: PairData, split: str, index: int, output: Output) -> list[str | float | int]:
    hypothesis, reference = output.hypothesis, data.raw[split].references[index][0]
    reference_length = int(data.ids[split].target.lengths[index]) - 1
    return [
        data.raw[split].sources[index],
        output.line,
        reference,
        round(hypothesis.score, 4),
        len(hypothesis.tokens),
        reference_length,
    ]
