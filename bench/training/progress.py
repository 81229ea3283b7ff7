"""Progress of a job for people: one line on a terminal, plain lines now and then elsewhere."""

import time
from typing import Any, TextIO

from pytorch_lightning.callbacks import Callback

from bench.terminal import Line, clock

REDRAW_S = 0.5
PLAIN_S = 20.0


class Progress(Line, Callback):
    """Of a training: steps, loss, speed, time left."""

    def __init__(self, title: str, out: TextIO | None = None, *, alone: bool = True) -> None:
        super().__init__(title, out, alone=alone)
        self.every = REDRAW_S if self.live or self.channel else PLAIN_S
        self.started = self.shown = 0.0
        self.steps = self.tokens = 0

    def on_train_start(self, trainer: Any, learner: Any) -> None:
        self.started = self.shown = time.monotonic()
        self.steps, self.tokens = trainer.global_step, learner.tokens
        self.stage("training")
        if self.steps:
            self.note(f"continues at step {self.steps}")

    def on_train_batch_end(self, trainer: Any, learner: Any, outputs: Any, batch: Any, index: int) -> None:
        now = time.monotonic()
        if now - self.shown < self.every:
            return
        self.shown = now
        total = int(trainer.estimated_stepping_batches)
        seconds = now - self.started
        remaining = seconds / (trainer.global_step - self.steps) * (total - trainer.global_step)
        loss = f"loss {float(outputs['loss']):.3f}"
        if self.channel is not None:
            self.channel.show(f"training, {loss}", done=trainer.global_step, total=total, left=remaining)
            return
        self.show(
            f"{self.title}  step {trainer.global_step}/{total}  {loss}  "
            f"{(learner.tokens - self.tokens) / seconds:,.0f} tokens/s  {clock(remaining)} left"
        )

    def on_validation_start(self, trainer: Any, learner: Any) -> None:
        if self.channel is not None:
            total = int(trainer.estimated_stepping_batches)
            self.channel.show("validating", done=trainer.global_step, total=total)
        else:
            self.stage("validating")
