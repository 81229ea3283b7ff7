"""The part of translation that needs no data: numbers of lines in, decoded lines out. A checkpoint's vocabulary restores it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import torch
from torch import nn

from bench.config.factory import decoder_stack
from bench.data.batches.buckets import Ordered
from bench.data.batches.ragged import Ragged
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.pair_text import PairText
from bench.data.pairs.pairs import PairBatch, PairIds
from bench.data.pairs.tokens import END, START
from bench.data.sources.lines import lines_of
from bench.data.sources.looks import other_forms
from bench.decoding.bounds import Bounds
from bench.decoding.generation import check_writes
from bench.decoding.hypothesis import Hypothesis
from bench.nets.roles import Writes
from bench.task import EvaluationSettings

from . import unknown_words

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


CHUNK = 1024  # lines decoded before the first of them is written


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """How outputs are made and shown. An output has at most `length_factor` x source symbols + `length_offset` symbols.

    `unknown`: what stands for an unknown word of an output (`bench.tasks.unknown_words`); `written`, the word
    data.text.unknown, is what older runs did.
    """

    chooses: ClassVar[tuple[str, ...]] = ("length_factor", "length_offset")
    resolved: ClassVar[tuple[str, ...]] = ("unknown",)
    least = (("batch_size", 1), ("length_factor", 0), ("length_offset", 1), ("samples", 0), ("matrices", 0))
    batch_size: int
    length_factor: float
    length_offset: int
    samples: int
    matrices: int
    unknown: str = unknown_words.WRITTEN

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown_words.check(self.unknown)


class Output(NamedTuple):
    """What the net wrote, and the line that a reader sees."""

    hypothesis: Hypothesis
    line: str


@dataclass(frozen=True)
class Reader:
    """Both tokenisers and the way of decoding."""

    text: PairText
    evaluation: Evaluation

    def check_strategy(self, strategy: object, name: str) -> None:
        check_writes(strategy, name)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        sizes = {"source_vocabulary": len(self.text.source), "target_vocabulary": len(self.text.target)}
        return make({"make_decoder": decoder_stack, "sizes": {**sizes, "start": START, "end": END}})

    def batch(
        self, net: Writes[PairBatch], strategy: "Strategy", batch: PairBatch, generator: torch.Generator
    ) -> list[Hypothesis]:
        """The best hypothesis of each row. A source without symbols has the empty output."""
        symbols_B = batch.source_lengths_B - 1
        lengths_B = (symbols_B * self.evaluation.length_factor).long() + self.evaluation.length_offset
        bounds = Bounds(length=lengths_B, eos=END, forbidden=[START], generator=generator)
        first_B = torch.full((len(symbols_B),), START, device=batch.source_BS.device)
        generated = strategy.generate(net.step, net.start(batch), first_B, bounds)
        empty = Hypothesis((), 0.0, 0.0, True)
        return [rows[0] if symbols else empty for rows, symbols in zip(generated, symbols_B.tolist(), strict=True)]

    def spelled(
        self, net: Writes[PairBatch], batch: PairBatch, hypotheses: Sequence[Hypothesis], sources: Sequence[str]
    ) -> list[str]:
        """The lines of a batch's outputs; `sources` are all lines of its split."""
        lines = [sources[index] for index in batch.index_B.tolist()]
        return unknown_words.lines_of(self.text, self.evaluation.unknown, net, batch, hypotheses, lines)

    def all(
        self, net: Writes[PairBatch], strategy: "Strategy", pairs: PairIds, sources: Sequence[str], seed: int
    ) -> list[Output]:
        """The best output of each row of `pairs`, in their order; `sources` are the lines that the rows were read from."""
        device = next(net.parameters()).device
        generator = torch.Generator(device=device).manual_seed(seed)
        by_index: dict[int, Output] = {}
        for batch in Ordered(pairs, self.evaluation.batch_size):
            hypotheses = self.batch(net, strategy, batch.to(device), generator)
            lines = self.spelled(net, batch.to(device), hypotheses, sources)
            by_index |= zip(batch.index_B.tolist(), map(Output, hypotheses, lines), strict=True)
        return [by_index[index] for index in range(len(pairs))]

    @torch.no_grad()
    def decode(
        self, net: Writes[PairBatch], strategy: "Strategy", text: str, seed: int, tell: Callable[[str], None]
    ) -> Iterator[str]:
        """One output line for each line, in their order, an empty line for an empty one; never a word for unknown words."""
        for note in other_forms({"all": text}):
            tell(note)
        lines, cut = lines_of(text), 0
        read = [number for line in lines for number in self.text.encode_source(line)[0]]
        if unknown := read.count(UNKNOWN):
            tell(f"{unknown:,} of {len(read) - len(lines):,} source tokens are not in the vocabulary and were read as unknown")
        for start in range(0, len(lines), CHUNK):
            outputs, lost = self.lines(net, strategy, lines[start : start + CHUNK], seed)
            cut += lost
            yield "".join(f"{line}\n" for line in outputs)
        if cut:
            tell(f"{cut} source symbols beyond the longest length that was trained were not read")

    def lines(self, net: Writes[PairBatch], strategy: "Strategy", lines: Sequence[str], seed: int) -> tuple[list[str], int]:
        """One output line for each line, in their order; and how many source symbols were cut off."""
        if not lines:
            return [], 0
        if self.evaluation.unknown == unknown_words.WRITTEN:
            copying = replace(self, evaluation=replace(self.evaluation, unknown=unknown_words.COPIED))
            return copying.lines(net, strategy, lines, seed)
        encoded = [self.text.encode_source(line) for line in lines]
        pairs = PairIds(Ragged.of([ids for ids, _ in encoded]), Ragged.of([[END]] * len(lines)))
        outputs = [output.line for output in self.all(net, strategy, pairs, lines, seed)]
        return outputs, sum(cut for _, cut in encoded)
