"""Nets that are counted and not trained: one pass over the training split, no gradient."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import nn

from bench.task import Task, evaluate

if TYPE_CHECKING:
    from bench.training.checkpoint import Checkpoint


@runtime_checkable
class Counted(Protocol):
    """A net whose tables come from counting."""

    def fit(self, batches: Iterable[Any]) -> None:
        """Counts every batch once and replaces what was counted before."""


def count(net: nn.Module, task: Task[Any], *, batch_size: int, seed: int, checkpoint: "Checkpoint") -> dict[str, Any]:
    """Counts `net` and returns the record's `train`, of no steps; its tables lie in `checkpoint`."""
    assert isinstance(net, Counted)
    started = time.monotonic()
    batches = list(task.train_loader(batch_size, seed))
    net.fit(batches)
    seconds = time.monotonic() - started
    value = evaluate(task, net, task.monitor_loader(), task.monitor)[task.primary].value
    checkpoint.save_best(net, {"step": 0, task.primary: value, "vocabulary": task.vocabulary()})
    tokens = sum(batch.tokens for batch in batches)
    curve: dict[str, list[float]] = {
        "step": [], "tokens": [], "loss": [], "validation_step": [0], "validation_tokens": [tokens], "validation": [value]
    }  # fmt: skip
    summary = {"seconds": seconds, "steps": 0, "epochs": 1, "tokens": tokens, "best_step": 0, "curve": curve}
    checkpoint.finish(summary)
    return summary
