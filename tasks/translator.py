"""The part of translation that needs no data: numbers of lines in, decoded lines out. A checkpoint's vocabulary restores it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn

from bench.config.factory import decoder_stack
from bench.data.batches.buckets import Ordered
from bench.data.batches.ragged import Ragged
from bench.data.pairs.pair_text import PairText
from bench.data.pairs.pairs import PairBatch, PairIds
from bench.data.pairs.tokens import END, START
from bench.data.sources.lines import lines_of
from bench.decoding.bounds import Bounds
from bench.decoding.generation import check_writes
from bench.decoding.hypothesis import Hypothesis
from bench.nets.roles import Writes
from bench.task import EvaluationSettings

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


CHUNK = 1024  # lines decoded before the first of them is written


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """How outputs are made and shown. An output has at most `length_factor` x source symbols + `length_offset` symbols."""

    chooses: ClassVar[tuple[str, ...]] = ("length_factor", "length_offset")
    least = (("batch_size", 1), ("length_factor", 0), ("length_offset", 1), ("samples", 0), ("matrices", 0))
    batch_size: int
    length_factor: float
    length_offset: int
    samples: int
    matrices: int


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
        first_B = torch.full_like(batch.source_lengths_B, START)
        found = strategy.generate(net.step, net.start(batch), first_B, bounds)
        empty = Hypothesis((), 0.0, 0.0, True)
        return [rows[0] if symbols else empty for rows, symbols in zip(found, symbols_B.tolist(), strict=True)]

    def all(self, net: Writes[PairBatch], strategy: "Strategy", pairs: PairIds, seed: int) -> list[Hypothesis]:
        """The best hypothesis of each row of `pairs`, in their order."""
        device = next(net.parameters()).device
        generator = torch.Generator(device=device).manual_seed(seed)
        found: dict[int, Hypothesis] = {}
        for batch in Ordered(pairs, self.evaluation.batch_size):
            hypotheses = self.batch(net, strategy, batch.to(device), generator)
            found |= zip(batch.index_B.tolist(), hypotheses, strict=True)
        return [found[place] for place in range(len(pairs))]

    @torch.no_grad()
    def decode(
        self, net: Writes[PairBatch], strategy: "Strategy", text: str, seed: int, tell: Callable[[str], None]
    ) -> Iterator[str]:
        """One output line for each line, in their order, an empty line for an empty one."""
        lines, cut = lines_of(text), 0
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
        encoded = [self.text.encode_source(line) for line in lines]
        pairs = PairIds(Ragged.of([ids for ids, _ in encoded]), Ragged.of([[END]] * len(lines)))
        outputs = [self.text.target.decode(found.tokens) for found in self.all(net, strategy, pairs, seed)]
        return outputs, sum(cut for _, cut in encoded)
