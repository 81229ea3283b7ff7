"""Progress of a job for people: one line that is redrawn on a terminal, plain lines now and then elsewhere."""

import sys
import time
from typing import Any, TextIO

from pytorch_lightning.callbacks import Callback

REDRAW_S = 0.5
PLAIN_S = 20.0


class Progress(Callback):
    """`title` says which job this is ("job 3 of 12  gru depth 2 seed 0"). A line is redrawn only where it is alone."""

    def __init__(self, title: str, out: TextIO | None = None, *, alone: bool = True) -> None:
        self.title = title
        self.out = out or sys.stderr
        self.live = alone and self.out.isatty()
        self.every = REDRAW_S if self.live else PLAIN_S
        self.started = self.shown = 0.0
        self.steps = self.tokens = 0
        self.width = 0

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
        left = seconds / (trainer.global_step - self.steps) * (total - trainer.global_step)
        self._show(
            f"{self.title}  step {trainer.global_step}/{total}  loss {float(outputs['loss']):.3f}  "
            f"{(learner.tokens - self.tokens) / seconds:,.0f} tokens/s  {clock(left)} left"
        )

    def note(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        print(f"{self.title}  {text}", file=self.out, flush=True)

    def clear(self) -> None:
        """Wipes the redrawn line."""
        if self.live and self.width:
            self.out.write("\r" + " " * self.width + "\r")
            self.width = 0

    def _show(self, text: str) -> None:
        if not self.live:
            print(text, file=self.out, flush=True)
            return
        self.out.write("\r" + text.ljust(self.width))
        self.out.flush()
        self.width = len(text)


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any: 1:02:03."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
