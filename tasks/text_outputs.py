"""Texts that a net writes of rows, and how they compare with the right ones."""

from typing import TYPE_CHECKING, Any

import torch

from bench.data.pairs.tokens import END, START
from bench.data.sources.subsample import spread
from bench.decoding.bounds import Bounds
from bench.decoding.hypothesis import Hypothesis
from bench.metrics.metric import Metric
from bench.records.output_files import Scored
from bench.task import Outputs

if TYPE_CHECKING:
    from bench.decoding.generation import Strategy

    from .one_text import OneText

COLUMNS = ("row", "output", "reference", "score")


@torch.no_grad()
def written(
    task: "OneText", net: Any, strategy: "Strategy", batch: Any, *, generator: torch.Generator | None
) -> list[Hypothesis]:
    """The best hypothesis of each row. `generator` is for strategies that draw."""
    bounds = Bounds(length=task.evaluation.longest, eos=END, forbidden=[START], generator=generator)
    first_B = torch.full_like(batch.target_lengths_B, START)
    return [rows[0] for rows in strategy.generate(net.step, task.opening(net, batch), first_B, bounds)]


def collect(task: "OneText", net: Any, strategy: "Strategy", seed: int) -> Outputs:
    """Writes validation and test. Rows, text and matrices are of the last split that there is; all its lines are kept."""
    metrics: dict[str, dict[str, Metric]] = {}
    found: list[Hypothesis] = []
    lines: list[str] = []
    for split in task.splits():
        found = _all(task, net, strategy, split=split, seed=seed)
        lines = [task.text.decode(one.tokens) for one in found]
        metrics[split] = task.compared(lines, task.references[split])
    shown = list(task.splits())[-1]
    rows = [
        (task.called(shown, place), lines[place], task.references[shown][place][0], round(found[place].score, 4))
        for place in spread(range(len(lines)), task.evaluation.samples)
    ]
    unit, tokens = task.scored_by()
    scored = Scored(shown, unit, list(map(tokens, lines)), [list(map(tokens, ways)) for ways in task.references[shown]])
    text = "".join(f"{line}\n" for line in lines)
    return Outputs(COLUMNS, rows, {"txt": text}, metrics, task.matrices(net, shown, found), scored)


def _all(task: "OneText", net: Any, strategy: "Strategy", *, split: str, seed: int) -> list[Hypothesis]:
    """The best hypothesis of each row of a split, in its order."""
    device = next(net.parameters()).device
    generator = torch.Generator(device=device).manual_seed(seed)
    found: dict[int, Hypothesis] = {}
    for batch in task.score_loader(split):
        made = written(task, net, strategy, batch.to(device), generator=generator)
        found |= zip(batch.index_B.tolist(), made, strict=True)
    return [found[place] for place in range(len(found))]
