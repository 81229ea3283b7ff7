"""Words that a net writes from nothing, and what of them the lists have."""

from typing import TYPE_CHECKING, Any

import torch

from bench.data.batches.vocabulary import UNKNOWN
from bench.data.pairs.tokens import END, START
from bench.decoding.bounds import Bounds
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.sampling import Sample
from bench.metrics.metric import Metric
from bench.task import Outputs
from bench.training.evaluate import evaluate

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

    from .generate import Generate

COLUMNS = ("word", "list", "score")


def draw(net: Any, strategy: "Strategy", *, rows: int, longest: int, generator: torch.Generator) -> list[Hypothesis]:
    """`rows` words where they are drawn by chance; else all rows would be equal, and one row gives all its hypotheses."""
    by_chance = isinstance(strategy, Sample)
    rows = rows if by_chance else 1
    bounds = Bounds(length=longest, eos=END, forbidden=[START, UNKNOWN], generator=generator)
    with torch.no_grad():
        state = net.start(rows, generator if by_chance else None)
        first_N = torch.full((rows,), START, device=generator.device)
        return [one for row in strategy.generate(net.step, state, first_N, bounds) for one in row]


def collect(task: "Generate", net: Any, strategy: "Strategy", seed: int) -> Outputs:
    """The words and their shares; these are of no split, and stand with each."""
    settings = task.evaluation
    generator = torch.Generator(device=next(net.parameters()).device).manual_seed(seed)
    found = draw(net, strategy, rows=settings.drawn, longest=settings.longest, generator=generator)
    words = ["".join(task.data.vocabulary.decode(one.tokens, unknown="")) for one in found]
    home = dict.fromkeys(task.data.left_out, "left out by data.limit")
    home |= {word: split for split, listed in task.data.words.items() for word in listed}
    rows = [(word, home.get(word, "none"), round(one.score, 4)) for word, one in zip(words, found, strict=True)]
    metrics = shares(words, home)
    by_split = {split: {**evaluate(task, net, task.score_loader(split)), **metrics} for split in task.splits()}
    text = "".join(f"{word}\t{where}\n" for word, where, _ in rows)
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
