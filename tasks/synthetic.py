"""What the tasks over drawn sequences share: their splits, what a record says of them, and samples of answers.

A task draws its sequences by a rule of its own. It reports its metrics beside `guess_...`: what the same sequences give to
an answer that reads nothing, which is always the most frequent class, or always the number that is best on average.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor, nn

from bench.data.batches.batch import Batch, Loader
from bench.data.batches.generated import Fixed, Fresh, Generated
from bench.data.sources.digests import digests
from bench.decoding.greedy import Greedy
from bench.errors import DataError
from bench.task import EvaluationSettings, Outputs, Task

NetT = TypeVar("NetT", bound=nn.Module)
BatchT = TypeVar("BatchT", bound=Batch)


@dataclass(frozen=True)
class Evaluation(EvaluationSettings):
    """`samples` sequences of the last split are written with their answers."""

    chooses: ClassVar[tuple[str, ...]] = ()
    least = (("samples", 0),)
    samples: int


class Synthetic(Task[NetT], Generic[NetT, BatchT]):
    """A task over sequences that it draws itself: `draw`, `make_net`, `score`, `metrics` and `answered` are its own."""

    primary = "accuracy"
    better = "higher"
    causal = False
    scored = ("validation", "test")
    shortest = 1  # data.length
    any_lengths: ClassVar[bool] = False
    """Whether `draw` gives rows of lengths of their own (`data.min_length`)."""

    def __init__(self, *, data: Generated, evaluation: Evaluation) -> None:
        for split, length in data.lengths.items():
            if length < self.shortest:
                key = "test_length" if split == "test" else "length"
                raise DataError(f"data.{key}={length} is out of range: this task needs a number of at least {self.shortest}.")
        if data.min_length is not None and not self.any_lengths:
            raise DataError(
                f"data.min_length={data.min_length} is refused: all sequences of this task are of one length; leave it null."
            )
        self.data = data
        self.evaluation = evaluation

    def draw(self, rows: int, length: int, generator: torch.Generator) -> BatchT:
        """A batch of so many sequences of the length that the task names so."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """What the sequences follow, beside their length."""
        return {}

    @cached_property
    def fixed(self) -> dict[str, Fixed]:
        return {
            split: Fixed(self.draw, split=split, rows=self.data.rows[split], length=self.data.lengths[split])
            for split in ("validation", "test")
        }

    def describe_data(self) -> dict[str, Any]:
        lengths, shortest = self.data.lengths, self.data.min_length
        lengths_text = f"length {lengths['train']}" if shortest is None else f"lengths {shortest} to {lengths['train']}"
        if lengths["test"] != lengths["train"]:
            lengths_text += f", {'' if shortest is None else 'up to '}{lengths['test']} in the test"
        return {
            "name": self.data.name,
            "source": "offline",
            "revision": None,
            **digests(self._digest, self.fixed),
            "splits": dict(self.data.rows),
            "unit": "sequences",
            "notes": [f"sequences are drawn, of {lengths_text}, new ones in every epoch of training", *self.notes()],
        }

    def notes(self) -> list[str]:
        """What a reader of a table must know of the task."""
        return []

    def _digest(self, fixed: Mapping[str, Fixed]) -> str:
        """Over the fixed splits, and what those of training follow."""
        drawn = [{split: by_split[split] for split in ("train", *fixed)} for by_split in (self.data.rows, self.data.lengths)]
        ranges = [] if self.data.min_length is None else [self.data.min_length]
        content = hashlib.sha256(json.dumps([*drawn, self.settings(), *ranges], sort_keys=True).encode())
        for split, batches in fixed.items():
            for batch in batches:
                for tensor in vars(batch).values():
                    if isinstance(tensor, Tensor):
                        content.update(split.encode() + tensor.numpy().tobytes())
        return content.hexdigest()

    def vocabulary(self) -> dict[str, Any]:
        return {"kind": "drawn", **self.settings()}

    def train_loader(self, batch_size: int, seed: int) -> Loader:
        return Fresh(
            self.draw, rows=self.data.rows["train"], length=self.data.lengths["train"], batch_size=batch_size, seed=seed
        )

    def score_loader(self, split: str) -> Loader:
        return self.fixed[split]

    def check_strategy(self, strategy: object, name: str) -> None:
        """Raises DataError for a strategy that draws or searches: an answer is the likeliest class, or a number."""
        if not isinstance(strategy, Greedy):
            raise DataError("this task takes the likeliest answer: give decode=greedy.")

    def answered(self, net: NetT, batch: BatchT) -> Iterable[tuple[str, str, str]]:
        """(sequence, right answer, answer given) of each row."""
        raise NotImplementedError

    @torch.no_grad()
    def outputs(self, net: NetT, strategy: Any, seed: int) -> Outputs:
        """Sequences of the test with their answers."""
        columns = ("sequence", "answer", "given")
        rows: list[tuple[str, str, str]] = []
        for batch in self.fixed["test"]:
            if len(rows) < self.evaluation.samples:
                rows += self.answered(net, batch.to(next(net.parameters()).device))
        rows = rows[: self.evaluation.samples]
        text = "".join("\t".join(row) + "\n" for row in [columns, *rows])
        return Outputs(columns, rows, {"tsv": text})
