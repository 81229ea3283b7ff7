"""Captions that a net writes, and how they compare with those of the data."""

from typing import TYPE_CHECKING, Any

import torch

from bench.data.captions import CaptionBatch
from bench.data.tokens import END, START
from bench.decoding.bounds import Bounds
from bench.decoding.hypothesis import Hypothesis
from bench.metrics.bleu import BleuSums
from bench.metrics.error_rate import exact_match, exact_match_counts
from bench.outputs import Outputs
from bench.task import Metric

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy
    from tasks.captioning import Captioning

COLUMNS = ("row", "output", "reference", "score")


@torch.no_grad()
def written(
    net: Any, strategy: "Strategy", batch: CaptionBatch, *, longest: int, generator: torch.Generator | None
) -> list[Hypothesis]:
    """The best hypothesis of each row. `generator` is for strategies that draw."""
    bounds = Bounds(length=longest, eos=END, forbidden=[START], generator=generator)
    first_B = torch.full_like(batch.target_lengths_B, START)
    return [rows[0] for rows in strategy.generate(net.step, net.describe(batch.features_BF), first_B, bounds)]


def collect(task: "Captioning", net: Any, strategy: "Strategy", seed: int) -> Outputs:
    """Describes validation and test. Rows and text are of the last split that there is; all its lines are kept."""
    metrics: dict[str, dict[str, Metric]] = {}
    rows: list[tuple[str | float | int, ...]] = []
    for split in task.splits():
        found, references = _all(task, net, strategy, split=split, seed=seed), task.data.references[split]
        lines = [task.data.text.decode(one.tokens) for one in found]
        bleu = BleuSums.of(lines, references, lowercase=False).metric()
        metrics[split] = {"exact_match": exact_match(exact_match_counts(lines, references)), "bleu": bleu}
        rows = [
            (place, line, references[place][0], round(one.score, 4))
            for place, (line, one) in enumerate(zip(lines, found, strict=True))
        ]
    count = min(task.evaluation.samples, len(rows))
    shown = [rows[len(rows) * place // count] for place in range(count)]
    return Outputs(COLUMNS, shown, {"txt": "".join(f"{row[1]}\n" for row in rows)}, metrics)


def _all(task: "Captioning", net: Any, strategy: "Strategy", *, split: str, seed: int) -> list[Hypothesis]:
    """The best hypothesis of each row of a split, in its order."""
    device = next(net.parameters()).device
    generator = torch.Generator(device=device).manual_seed(seed)
    found: dict[int, Hypothesis] = {}
    for batch in task.score_loader(split):
        made = written(net, strategy, batch.to(device), longest=task.evaluation.longest, generator=generator)
        found |= zip(batch.index_B.tolist(), made, strict=True)
    return [found[place] for place in range(len(found))]
