"""The adding problem: the sum of the two numbers that are marked (Hochreiter and Schmidhuber 1997,
doi 10.1162/neco.1997.9.8.1735, section 5.4; the form of Arjovsky et al. 2016, arXiv:1511.06464, section 5.2).

A step is a number from 0 to 1 and a mark; one step of the first half is marked and one of the second. The best answer that
reads nothing is 1: its squared error is the variance of the sum, 2/12. `data.length` is the number of steps.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

from bench.data.batches.sequences import WholeBatch
from bench.metrics.accuracy import percent
from bench.metrics.metric import Counts, Metric
from bench.nets.pooled import Ends
from bench.nets.roles import Answers
from bench.nets.topology import Topology

from .synthetic import Synthetic

GUESS = 1.0
RIGHT = 0.04  # an answer that is no further off counts as right (Hochreiter and Schmidhuber 1997)


class Adding(Synthetic[Answers[WholeBatch], WholeBatch]):
    """One number a sequence."""

    topology = Topology.ONE_ANSWER
    primary = "mse"
    better = "lower"
    shortest = 2

    def draw(self, rows: int, length: int, generator: torch.Generator) -> WholeBatch:
        numbers_BT = torch.rand(rows, length, generator=generator)
        early_B = torch.randint(length // 2, (rows,), generator=generator)
        late_B = torch.randint(length // 2, length, (rows,), generator=generator)
        marked_BT = torch.zeros(rows, length).scatter_(1, torch.stack([early_B, late_B], 1), 1.0)
        sums_BK = (numbers_BT * marked_BT).sum(1, keepdim=True)
        return WholeBatch(torch.stack([numbers_BT, marked_BT], 2), sums_BK, None, rows)

    def make_net(self, make: Callable[[Mapping[str, Any]], nn.Module]) -> nn.Module:
        return make({"ends": Ends(inputs=2, outputs=1, tokens=False, numbers=True)})

    def score(self, net: Answers[WholeBatch], batch: WholeBatch, state: Any) -> tuple[Counts, Any]:
        counts = {"answers": float(len(batch.targets_B))}
        for name, answer_BK in (("", net.answers(batch)), ("guess_", torch.tensor(GUESS))):
            error_BK = (answer_BK.to(batch.targets_B.device) - batch.targets_B).abs().double()
            counts[f"{name}squared"] = float(error_BK.square().sum())
            counts[f"{name}right"] = float((error_BK <= RIGHT).sum())
        return counts, None

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        count = counts["answers"]
        return {
            "mse": Metric(counts["squared"] / count, "", "lower", int(count)),
            "guess_mse": Metric(counts["guess_squared"] / count, "", "", int(count)),
            "accuracy": percent(counts["right"], count, "higher"),
            "guess_accuracy": percent(counts["guess_right"], count, ""),
        }

    def notes(self) -> list[str]:
        return [f"guessing is always answering {GUESS:g}; accuracy counts answers that are off by at most {RIGHT:g}"]

    def answered(self, net: Answers[WholeBatch], batch: WholeBatch) -> Iterable[tuple[str, str, str]]:
        for steps_TI, target_K, answer_K in zip(batch.inputs_BT, batch.targets_B, net.answers(batch), strict=True):
            steps = " ".join(f"{number:.2f}{'*' if mark else ''}" for number, mark in steps_TI.tolist())
            yield steps, f"{target_K.item():.3f}", f"{answer_K.item():.3f}"
