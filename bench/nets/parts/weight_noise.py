"""Noise on weights while they train: a regulariser (Graves 2011, "Practical variational inference for neural networks", NIPS).

    gradient of the loss at W + e,  e ~ N(0, deviation^2), drawn anew for every batch;  the step is made from W

Every parameter of the net takes part, biases too. A weight is what it was as soon as its gradient is there, before anything
reads it to clip, to step or to save.
"""

import torch
from torch import Tensor, nn

from bench.errors import Refusal


class WeightNoise:
    """Over all parameters that `net` has when `add` is called."""

    def __init__(self, name: str, deviation: float) -> None:
        if not 0 <= deviation < float("inf"):
            raise Refusal(f"{name}={deviation:g} is out of range: give a deviation of at least 0.")
        self.deviation = deviation
        self._clean: dict[Tensor, Tensor] = {}
        self._watched = False

    @torch.no_grad()
    def add(self, net: nn.Module) -> None:
        """Before the loss of a training batch; a weight whose gradient never came is first put back."""
        if not self.deviation:
            return
        if not self._watched:
            for weight in net.parameters():
                weight.register_post_accumulate_grad_hook(self._restore)  # type: ignore[no-untyped-call]
            self._watched = True
        for noisy in list(self._clean):
            self._restore(noisy)
        for weight in net.parameters():
            self._clean[weight] = weight.detach().clone()
            weight.add_(torch.randn_like(weight), alpha=self.deviation)

    @torch.no_grad()
    def _restore(self, weight: Tensor) -> None:
        clean = self._clean.pop(weight, None)
        if clean is not None:
            weight.copy_(clean)
