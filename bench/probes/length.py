"""Whether a net that was trained on windows of T tokens is worth as much in longer ones.

The whole validation text is read in windows of T, 2T and 8T tokens that each start from the zero state, every token once. Where
a longer past helps, the loss falls with the window; where it rises, the net has met states that its training never led to. With
the state carried from window to window, the past is all of the text: the length of the windows then changes nothing but
rounding, and there is one such figure.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from torch import Tensor

from bench.config.factory import make_net
from bench.data.batches.batch import Loader
from bench.data.text.lanes import LaneBatch, Lanes
from bench.errors import DataError
from bench.probes import Answer, text_of
from bench.task import evaluate

if TYPE_CHECKING:
    from bench.jobs.job import Job

WINDOWS = {"T": 1, "2T": 2, "8T": 8}  # in task.window
LONGEST = max(WINDOWS.values())
ROWS = 64  # windows side by side
VERSION = 1
ON_MACHINE = False
TRAINS = True
REPORT = {
    "title": "Length generalisation",
    "note": "T: task.window, the length of the windows in training. Zero: the validation text in windows of T, 2T and 8T that "
    "each start from the zero state. Carried: the state goes on from window to window, whatever their length.",
}


def groups(jobs: "Sequence[Job]") -> "list[list[Job]]":
    for job in jobs:
        text, window = text_of(job), job.config.task["window"]
        if (available := len(text.ids["validation"])) < LONGEST * window:
            raise DataError(
                f"data={text.name}: the validation text has {available:,} tokens, fewer than one window of {LONGEST} x "
                f"task.window={window}: give a longer text or a smaller window."
            )
    return [[job] for job in jobs]


def ask(jobs: "Sequence[Job]") -> list[Answer]:
    return [_answer(job) for job in jobs]


def _answer(job: "Job") -> Answer:
    task, window, ids = job.task, job.config.task["window"], text_of(job).ids
    validation_T, context = ids["validation"], int(ids["train"][-1])
    net = make_net(job.config, task)
    job.checkpoint().load_best(net)
    loaders: dict[str, Loader] = {"carried": Lanes(validation_T, lanes=1, window=window, context=context)}
    for name, multiple in WINDOWS.items():
        loaders[f"zero_{name}"] = FromZero(validation_T, window=multiple * window, context=context)
    scored = {name: evaluate(task, net, loader)[task.primary] for name, loader in loaders.items()}
    return Answer("validation", {f"{task.primary}_{name}": metric for name, metric in scored.items()})


class FromZero:
    """`ids` [n] in consecutive windows that each start from the zero state; the last one may be shorter.

    `context` is the token before the first one, as in `Lanes`.
    """

    def __init__(self, ids: Tensor, *, window: int, context: int) -> None:
        full_length = len(ids) // window * window
        cuts = [*range(0, full_length, window * ROWS), full_length, len(ids)]
        self.pieces = []
        for start, stop in pairwise(cuts):
            if start < stop:
                before = int(ids[start - 1]) if start else context
                lanes = ceil((stop - start) / window)
                self.pieces.append(Lanes(ids[start:stop], lanes=lanes, window=window, context=before))

    def set_epoch(self, epoch: int) -> None:
        """Every epoch reads the same."""

    def __len__(self) -> int:
        return len(self.pieces)

    def __iter__(self) -> Iterator[LaneBatch]:
        for piece in self.pieces:
            yield from piece
