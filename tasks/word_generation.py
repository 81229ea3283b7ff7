"""Generating words: letter by letter, from nothing, each word drawn by itself (Karpathy 2015; Goodfellow et al. 2016, 10.2.3).

A word of a held-out list is scored by its probability, its end included; the perplexity on validation chooses the checkpoint.
After training, words are drawn, and looked up in the lists: how many there are, and how many of those training never saw.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn

from bench.data.batches.batch import Loader
from bench.data.batches.buckets import Buckets, Ordered
from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.targets import TargetBatch, longest_text
from bench.data.pairs.tokens import END, START
from bench.data.text.word_list import WordList
from bench.decoding.bounds import Bounds
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.sampling import Sample
from bench.metrics.metric import Counts, Metric
from bench.nets.generator import Generator
from bench.nets.topology import Topology
from bench.task import EvaluationSettings, Outputs, Task, evaluate

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy


COLUMNS = ("word", "list", "score")


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """`drawn` words of at most `longest` letters, by `decode=sample`; greedy search and beams give what they find once.

    `batch_size` words are scored at once; `samples` of those drawn go to the table of samples.
    """

    chooses: ClassVar[tuple[str, ...]] = ()
    least = (("batch_size", 1), ("drawn", 1), ("longest", 1), ("samples", 0))
    batch_size: int
    drawn: int
    longest: int
    samples: int


class WordGeneration(Task[Generator[TargetBatch]]):
    """The task over one list of words."""

    known_as = "Generate"
    topology = Topology.TEXT
    primary = "perplexity"
    better = "lower"
    causal = True

    def __init__(self, *, data: WordList, evaluation: Evaluation) -> None:
        self.data = data
        self.scored = data.ids
        self.evaluation = evaluation

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to write words again."""
        return {"kind": "letters", "tokens": list(self.data.vocabulary.tokens)}

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"sizes": {"vocabulary": len(self.data.vocabulary), "start": START, "end": END}})

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Buckets(self.data.ids["train"], batch_size, seed=seed)

    def score_loader(self, split: str) -> Loader:
        return Ordered(self.data.ids[split], self.evaluation.batch_size)

    def score(self, net: Generator[TargetBatch], batch: TargetBatch, state: Any) -> tuple[Counts, Any]:
        (nll_sum, count), _ = net.loss(batch, None)
        return {"nll_nats": float(nll_sum), "letters": float(count)}, None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        nats, count = counts["nll_nats"] / counts["letters"], int(counts["letters"])
        return {"perplexity": Metric(math.exp(min(nats, 700.0)), "", "lower", count)}

    def longest_text(self) -> int:
        return longest_text(self.data.ids)

    def outputs(self, net: Generator[TargetBatch], strategy: "Strategy", seed: int) -> Outputs:
        """Words drawn, and their shares that are in the lists and not."""
        return collect(self, net, strategy, seed)

    def decode_batch(self, net: Generator[TargetBatch], strategy: "Strategy", batch: TargetBatch) -> tuple[int, int]:
        """Draws words; (words, letters written)."""
        generator = torch.Generator(device=batch.target_BT.device).manual_seed(0)
        words = draw(net, strategy, batch, longest=self.evaluation.longest, generator=generator)
        return len(words), sum(len(word.tokens) for word in words)


@torch.no_grad()
def draw(
    net: Generator[TargetBatch], strategy: "Strategy", batch: TargetBatch, *, longest: int, generator: torch.Generator
) -> list[Hypothesis]:
    """A word for each row where they are drawn by chance; else all would be equal, and one row gives all its hypotheses."""
    bounds = Bounds(length=longest, eos=END, forbidden=[START, UNKNOWN], generator=generator)
    if isinstance(strategy, Sample):
        state = net.start_by_chance(batch, generator)
    else:
        batch = batch.select(slice(1))
        state = net.start(batch)
    first_N = torch.full((batch.rows,), START, device=generator.device)
    return [hypothesis for row in strategy.generate(net.step, state, first_N, bounds) for hypothesis in row]


def unwritten(rows: int) -> TargetBatch:
    """So many rows of which no symbol is known."""
    return TargetBatch(torch.zeros(rows, 0, dtype=torch.int64), torch.zeros(rows, dtype=torch.int64), torch.arange(rows), 0)


def collect(task: WordGeneration, net: Generator[TargetBatch], strategy: "Strategy", seed: int) -> Outputs:
    """The words and their shares; these are of no split, and stand with each."""
    settings = task.evaluation
    generator = torch.Generator(device=next(net.parameters()).device).manual_seed(seed)
    batch = unwritten(settings.drawn).to(generator.device)
    hypotheses = draw(net, strategy, batch, longest=settings.longest, generator=generator)
    words = ["".join(task.data.vocabulary.decode(hypothesis.tokens, unknown="")) for hypothesis in hypotheses]
    home = dict.fromkeys(task.data.left_out, "left out by data.limit")
    home |= {word: split for split, listed in task.data.words.items() for word in listed}
    rows = [
        (word, home.get(word, "none"), round(hypothesis.score, 4)) for word, hypothesis in zip(words, hypotheses, strict=True)
    ]
    metrics = shares(words, home)
    by_split = {split: {**evaluate(task, net, task.score_loader(split)), **metrics} for split in task.splits()}
    text = "".join(f"{word}\t{split}\n" for word, split, _ in rows)
    return Outputs(COLUMNS, rows[: settings.samples], {"tsv": text}, by_split)


def shares(words: list[str], home: dict[str, str]) -> dict[str, Metric]:
    """In percent of the words drawn, repetitions counted: valid are those of any list, new those not of the training list."""
    total = len(words)

    def share(count: int, better: str) -> Metric:
        return Metric(100 * count / total, "%", better, total)

    new = [word for word in words if home.get(word) != "train"]
    return {
        "valid_words": share(sum(word in home for word in words), "higher"),
        "new_words": share(len(new), ""),
        "new_valid_words": share(sum(word in home for word in new), "higher"),
        "distinct_words": share(len(set(words)), ""),
    }
