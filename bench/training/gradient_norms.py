"""Norms of the gradient by part of the net, before it is clipped: which layers learn, and whether one vanishes or bursts.

For people to look at while a net trains; never in a record. The parts are those of the net: `stack.forward_cells.0`.
"""

from typing import Any

import torch
from pytorch_lightning.callbacks import Callback

from bench.training.trainer import Log


class GradientNorms(Callback):
    """Logs `gradient/PART` every k steps."""

    def __init__(self, log: Log, *, every: int) -> None:
        self.log_values, self.every = log, every

    def on_before_optimizer_step(self, trainer: Any, learner: Any, optimizer: Any) -> None:
        step = trainer.global_step + 1
        if step % self.every == 0:
            norms = by_part(learner.net)
            self.log_values(dict(zip(norms, torch.stack(list(norms.values())).tolist(), strict=True)), step)


def by_part(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The norm of the gradient of each part's parameters, each a tensor without axes."""
    parts: dict[str, list[torch.Tensor]] = {}
    for name, parameter in net.named_parameters():
        if parameter.grad is not None:
            parts.setdefault(f"gradient/{part_of(name)}", []).append(parameter.grad)
    return {part: torch.nn.utils.get_total_norm(gradients).float() for part, gradients in parts.items()}


def part_of(name: str) -> str:
    """Of a parameter: its layer in a stack, else the module that holds it; one that the net itself holds stands alone.

    `stack.forward_cells.1.lstm.weight_ih_l0` is of `stack.forward_cells.1`, `embedding.weight` of `embedding`.
    """
    words = name.split(".")
    layer = next((index for index, word in enumerate(words) if word.isdigit()), None)
    return ".".join(words[: layer + 1] if layer is not None else words[:-1] or words)
