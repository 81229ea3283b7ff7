"""Scores a net on a whole split in float32: sums over batches in order, so that uneven batches add up exactly."""

from typing import Any

import torch
from torch import nn

from bench.data.batches.batch import Loader
from bench.metrics.metric import Counts, Metric, add
from bench.task import Task


@torch.no_grad()
def evaluate(task: Task, net: nn.Module, loader: Loader) -> dict[str, Metric]:
    """Metrics of `net` over all batches of `loader`; the state is carried from batch to batch where the task carries it."""
    device = next(net.parameters()).device
    was_training = net.training
    net.eval()
    total: Counts = {}
    state: Any = None
    for batch in loader:
        counts, state = task.score(net, batch.to(device), state)
        total = add(total, counts)
    net.train(was_training)
    return task.metrics(total)
