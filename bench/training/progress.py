"""Progress of a job for people: one line that is redrawn on a terminal, plain lines now and then elsewhere."""

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
        self.every = REDRAW_S if self.live else PLAIN_S
        self.started = self.shown = 0.0
        self.steps = self.tokens = 0

    def on_train_start(self, trainer: Any, learner: Any) -> None:
        self.started = self.shown = time.monotonic()
        self.steps, self.tokens = trainer.global_step, learner.tokens
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
        self.show(
            f"{self.title}  step {trainer.global_step}/{total}  loss {float(outputs['loss']):.3f}  "
            f"{(learner.tokens - self.tokens) / seconds:,.0f} tokens/s  {clock(remaining)} left"
        )
