"""What stands for the unknown words of an output: the source word that was attended most, or nothing.

(The copying of Luong et al. 2015, arXiv:1410.8206, and Jean et al. 2015, arXiv:1412.2007, by attention.) A symbol that means
"some word that is not listed" is no text. A source word is copied as the source's tokeniser reads it, where a token of the
source is a word: letters and subwords are not copied. Without attention nothing is written.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from bench.cells.scan.padding import beside
from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pair_text import PairText
from bench.data.pairs.pairs import PairBatch
from bench.data.pairs.tokens import END
from bench.decoding.hypothesis import Hypothesis
from bench.errors import DataError
from bench.nets.roles import Writes

COPIED, LEFT_OUT, WRITTEN = "copied", "left_out", "written"
RULES = (COPIED, LEFT_OUT, WRITTEN)


def check(rule: str) -> None:
    """Raises DataError for a rule that there is not."""
    if rule not in RULES:
        raise DataError(f"evaluation.unknown={rule} is unknown: give one of {', '.join(RULES)}.")


def lines_of(
    text: PairText,
    rule: str,
    net: Writes[PairBatch],
    batch: PairBatch,
    hypotheses: Sequence[Hypothesis],
    sources: Sequence[str],
) -> list[str]:
    """The lines of a batch's outputs, whose unknown words are treated by `rule`; `sources` are the lines that were read."""
    instead: list[list[str | None]] = [[] for _ in hypotheses]
    if rule == WRITTEN:
        instead = [[text.target.unknown] * hypothesis.tokens.count(UNKNOWN) for hypothesis in hypotheses]
    elif rule == COPIED:
        rows = [row for row, hypothesis in enumerate(hypotheses) if UNKNOWN in hypothesis.tokens]
        words = [text.source.words(sources[row]) for row in rows]
        if any(word is not None for line in words for word in line):
            for row, line, places in zip(rows, words, _attended(net, batch, rows, hypotheses), strict=True):
                instead[row] = [line[position] for position in places]
    return [text.target.decode(hypothesis.tokens, words) for hypothesis, words in zip(hypotheses, instead, strict=True)]


@torch.no_grad()
def _attended(
    net: Writes[PairBatch], batch: PairBatch, rows: Sequence[int], hypotheses: Sequence[Hypothesis]
) -> list[list[int]]:
    """Of each unknown token of these rows the place in the source that it looked at most, END aside."""
    outputs = Ragged.of([[*hypotheses[row].tokens, END] for row in rows])
    target_BT, lengths_B = outputs.padded(torch.arange(len(rows)))
    picked = torch.tensor(rows)
    pairs = replace(
        batch,
        source_BS=batch.source_BS[beside(picked, batch.source_BS)],
        source_lengths_B=batch.source_lengths_B[picked],
        target_BT=beside(target_BT, batch.source_BS),
        target_lengths_B=lengths_B,
        index_B=batch.index_B[picked],
    )
    weights_BTS = net.attention_weights(pairs)
    if weights_BTS is None:
        return [[] for _ in rows]
    symbols = (pairs.source_lengths_B - 1).tolist()
    return [
        [
            int(weights_BTS[row, step, : symbols[row]].argmax())
            for step, token in enumerate(hypotheses[index].tokens)
            if token == UNKNOWN
        ]
        for row, index in enumerate(rows)
    ]
