"""State tracking: the answer after every prefix of a sequence, to a problem where each symbol moves a state.

Trained at short lengths and tested at longer ones too: accuracy is over all prefixes of the test that have a value, and beside
it by the length of the prefix (`evaluation.lengths`), since a net may be right at the lengths that it was trained at alone.
Scaled accuracy is 0 where the most frequent answer would do as well, and 1 where all is right.

A linear recurrence whose matrices have positive eigenvalues alone cannot do parity at all lengths in finite precision (Grazzi
et al. 2024, arXiv:2411.12537).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bench.data.batches.generated import Generated
from bench.data.batches.sequences import StepBatch
from bench.errors import ConfigError, DataError, did_you_mean
from bench.metrics.accuracy import percent
from bench.metrics.metric import Counts, Metric

from . import synthetic
from .synthetic_labelling import EveryStep
from .tracking_arithmetic import ModularArithmetic, ModularArithmeticBrackets
from .tracking_groups import A5, S3
from .tracking_problems import CycleNavigation, EvenPairs, Parity, Problem

PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for problem in (Parity(), EvenPairs(), CycleNavigation(), ModularArithmetic(), ModularArithmeticBrackets(), S3(), A5())
}


@dataclass(frozen=True)
class Evaluation(synthetic.Evaluation):
    """`lengths`: the ends of the ranges of prefixes by which accuracy is shown, ascending."""

    lengths: Sequence[int]

    def __post_init__(self) -> None:
        super().__post_init__()
        whole = all(type(end) is int for end in self.lengths)
        if not whole or any(end <= start for start, end in zip((0, *self.lengths), self.lengths, strict=False)):
            raise DataError(
                f"evaluation.lengths={list(self.lengths)} is refused: give whole numbers from 1 on, each above the last."
            )


class StateTracking(EveryStep):
    """`problem` is the name of one of `PROBLEMS`."""

    causal = True
    any_lengths = True
    evaluation: Evaluation

    def __init__(self, *, data: Generated, evaluation: Evaluation, problem: str) -> None:
        if problem not in PROBLEMS:
            near = did_you_mean(problem, PROBLEMS)
            raise ConfigError(f"task.problem={problem} is refused{near}: choose one of {', '.join(PROBLEMS)}.")
        super().__init__(data=data, evaluation=evaluation)
        self.problem = PROBLEMS[problem]
        self.tokens, self.classes = self.problem.tokens, self.problem.classes

    def settings(self) -> dict[str, Any]:
        return {"problem": self.problem.name}

    def draw(self, rows: int, length: int, generator: torch.Generator) -> StepBatch:
        lengths_B = self.data.row_lengths(rows, length, generator)
        inputs_BT, targets_BT, asked_BT = self.problem.draw(lengths_B, generator)
        return StepBatch(inputs_BT, targets_BT, asked_BT, int(lengths_B.sum()), lengths_B=lengths_B)

    def counted(self, logits_BTK: Tensor, batch: StepBatch) -> Counts:
        counts = super().counted(logits_BTK, batch)
        right_BT = (logits_BTK.argmax(2) == batch.targets_BT) & batch.asked_BT
        for name, steps in self._ranges():
            counts[f"{name}_answers"] = float(batch.asked_BT[:, steps].sum())
            counts[f"{name}_right"] = float(right_BT[:, steps].sum())
        return counts

    def metrics(self, counts: Counts) -> dict[str, Metric]:
        metrics = super().metrics(counts)
        accuracy, guess = metrics["accuracy"], metrics["guess_accuracy"]
        scaled = (accuracy.value - guess.value) / (100 - guess.value) if guess.value < 100 else math.nan
        metrics["scaled_accuracy"] = Metric(scaled, "", "higher", accuracy.count)
        for name, _ in self._ranges():
            if counts[f"{name}_answers"]:
                metrics[f"accuracy_{name}"] = percent(counts[f"{name}_right"], counts[f"{name}_answers"], "higher")
        return metrics

    def notes(self) -> list[str]:
        asked = (
            "every prefix that has a value is answered"
            if self.problem.every_prefix
            else "the whole sequence is answered, at its end"
        )
        return [f"{asked}; accuracy_a_to_b is that of the answers after a to b symbols"]

    def _ranges(self) -> Iterator[tuple[str, slice]]:
        """(name, steps) of each range of prefixes."""
        ends = self.evaluation.lengths
        for before, end in zip((0, *ends), ends, strict=False):
            yield f"{before + 1}_to_{end}", slice(before, end)
        last = ends[-1] if ends else 0
        yield f"from_{last + 1}", slice(last, None)
