"""Outputs of a translation: metrics of each split, sample lines, attention as matrices."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pairs import PairBatch, PairData
from bench.data.pairs.tokens import END
from bench.data.sources.subsample import spread
from bench.decoding.hypothesis import Hypothesis
from bench.metrics.bleu import tokens_of, translation_metrics
from bench.metrics.error_rate import exact_match, exact_match_counts, pronunciation_counts, pronunciation_metrics
from bench.metrics.matrix import Matrix
from bench.metrics.metric import Counts, Metric
from bench.metrics.textbook_bleu import textbook_counts, textbook_metric
from bench.nets.roles import Writes
from bench.records.output_files import Scored
from bench.task import Outputs

from .attention_pictures import Legend, picture
from .translator import Reader

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

COLUMNS = ("source", "output", "reference", "score", "symbols", "reference symbols")
TEXTBOOK_ORDERS = 4


def collect(
    data: PairData, reader: Reader, net: Writes[PairBatch], strategy: "Strategy", *, seed: int, primary: str
) -> Outputs:
    """Decodes validation and test. Rows, text and matrices are of the last split that there is; all its lines are kept."""
    metrics: dict[str, dict[str, Metric]] = {}
    shown = "test" if "test" in data.ids else "validation"
    hypotheses: list[Hypothesis] = []
    for split in [split for split in ("validation", "test") if split in data.ids]:
        hypotheses = reader.all(net, strategy, data.ids[split], seed)
        metrics[split] = _primary_first(score(data, split, hypotheses), primary)
    lines = [data.text.target.decode(found.tokens) for found in hypotheses]
    places = spread(range(len(lines)), reader.evaluation.samples)
    rows = [_row(data, shown, place, found=hypotheses[place], line=lines[place]) for place in places]
    matrices = attention(data, shown, hypotheses, net=net, places=spread(range(len(lines)), reader.evaluation.matrices))
    scored = _scored(shown, lines, data.raw[shown].references, primary)
    return Outputs(COLUMNS, rows, {"txt": "".join(f"{line}\n" for line in lines)}, metrics, matrices, scored)


def _scored(split: str, lines: Sequence[str], references: Sequence[Sequence[str]], primary: str) -> Scored:
    """By tokens of the primary metric."""
    lower = primary == "bleu_lowercase"
    unit = "phonemes" if primary == "word_error_rate" else "13a lower-cased" if lower else "13a"

    def tokens(line: str) -> list[str]:
        return line.split() if unit == "phonemes" else tokens_of(line, lowercase=lower)

    return Scored(split, unit, list(map(tokens, lines)), [list(map(tokens, ways)) for ways in references])


def score(data: PairData, split: str, hypotheses: Sequence[Hypothesis]) -> dict[str, Metric]:
    """Metrics of one split's outputs on detokenised text."""
    outputs = [data.text.target.decode(found.tokens) for found in hypotheses]
    references = data.raw[split].references
    written = sum(len(found.tokens) for found in hypotheses)
    if data.measure == "pronunciation":
        wanted = sum(len(lines[0].split()) for lines in references)
        ratio = Metric(written / max(wanted, 1), "", "", len(outputs))
        return pronunciation_metrics(phoneme_counts(outputs, references)) | {"length_ratio": ratio}
    target = data.text.target
    predictions = [target.names(found.tokens) for found in hypotheses]
    labels = [target.names(target.encode(lines[0])) for lines in references]
    return {
        **translation_metrics(outputs, references),
        "exact_match": exact_match(exact_match_counts(outputs, references)),
        "bleu_d2l": textbook_metric(textbook_counts(predictions, labels, TEXTBOOK_ORDERS)),
        "unknown_tokens": Metric(sum(found.tokens.count(UNKNOWN) for found in hypotheses), "tokens", "lower", written),
    }


def phoneme_counts(outputs: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
    """Sums of the error rates over lines of phonemes."""
    return pronunciation_counts([line.split() for line in outputs], [[line.split() for line in lines] for lines in references])


def attention(
    data: PairData, split: str, hypotheses: Sequence[Hypothesis], *, net: Writes[PairBatch], places: Sequence[int]
) -> list[Matrix]:
    """What each symbol of these outputs looked at in its source; nothing for a net without attention."""
    found = []
    for place in places:
        written = hypotheses[place].tokens
        rows, columns = data.text.target.names([*written, END]), data.text.source.names(data.ids[split].source[place].tolist())
        legend = Legend(f"attention, line {place + 1}", rows, columns)
        found += picture(net, data.ids[split].batch(torch.tensor([place])), written, legend)
    return found


def _row(data: PairData, split: str, place: int, *, found: Hypothesis, line: str) -> list[str | float | int]:
    reference = data.raw[split].references[place][0]
    wanted = int(data.ids[split].target.lengths[place]) - 1
    return [data.raw[split].sources[place], line, reference, round(found.score, 4), len(found.tokens), wanted]


def _primary_first(metrics: dict[str, Metric], primary: str) -> dict[str, Metric]:
    return {primary: metrics[primary], **metrics}
