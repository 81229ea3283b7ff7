"""Trains one net with Lightning: validation that keeps the best weights, early stopping, a curve for the record.

The trainer is set up bare (no logger, bar, summary or checkpoint callback of its own): at these sizes each of them costs a
visible share of a step. What is worth logging is taken every `log_every_steps` steps.
"""

import logging
import math
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from bench.training.learner import Diverged, Learner

if TYPE_CHECKING:
    from bench.config.schema import TrainerConfig
    from bench.training.checkpoint import Checkpoint

PRECISION = {"float32": "32-true", "bf16": "bf16-mixed"}
Log = Callable[[dict[str, float], int], None]


class Recorder(Callback):
    """Every k steps loss, gradient norm and learning rate; at each validation the metrics, and the weights unless they are
    worse; after `patience` validations without improvement in a row the training ends. A metric that has been at the worst of
    its scale ever since, a BLEU of 0, says nothing yet, and such validations do not count."""

    def __init__(self, checkpoint: "Checkpoint", log: Log, *, every: int, patience: int | None) -> None:
        self.checkpoint, self.publish, self.every, self.patience = checkpoint, log, every, patience
        self.worse = 0
        self.best: float | None = None
        self.best_step = 0
        self.curve: dict[str, list[float | None]] = {
            key: [] for key in ("step", "tokens", "loss", "validation_step", "validation_tokens", "validation")
        }

    def on_train_batch_end(self, trainer: Any, learner: Any, outputs: Any, batch: Any, index: int) -> None:
        if trainer.global_step % self.every == 0:
            self._note_loss(trainer, learner)

    def _note_loss(self, trainer: Any, learner: Learner) -> None:
        loss = learner.mean_loss()
        for key, value in (("step", trainer.global_step), ("tokens", learner.tokens), ("loss", loss)):
            self.curve[key].append(value)
        lr = trainer.optimizers[0].param_groups[0]["lr"]
        values = {"train/loss": loss, "tokens": learner.tokens, "epoch": _epochs(trainer), "train/lr": lr}
        if learner.gradient_norm is not None:
            values["train/gradient_norm"] = learner.gradient_norm.item()
        self.publish(values, trainer.global_step)

    def on_validation_end(self, trainer: Any, learner: Any) -> None:
        value = learner.metrics[learner.task.primary].value
        for key, number in (("step", trainer.global_step), ("tokens", learner.tokens)):
            self.curve[f"validation_{key}"].append(number)
        self.curve["validation"].append(value if math.isfinite(value) else None)
        named = {f"validation/{name}": metric.value for name, metric in learner.metrics.items()}
        self.publish({**named, "tokens": learner.tokens, "epoch": _epochs(trainer)}, trainer.global_step)
        sign = 1 if learner.task.better == "lower" else -1
        better = math.isfinite(value) and (self.best is None or sign * value < sign * self.best)
        if better or value == self.best:  # of equals the last: a share of exact matches may stay 0 for long
            self.best, self.best_step = value, trainer.global_step
            if trainer.is_global_zero:
                about = {"step": trainer.global_step, learner.task.primary: value, "vocabulary": learner.task.vocabulary()}
                self.checkpoint.save_best(learner.net, about)
        if better:
            self.worse = 0
        elif value != self.best or not learner.metrics[learner.task.primary].says_nothing:
            self.worse += 1
        if self.patience is not None and self.worse >= self.patience:
            trainer.should_stop = True

    def snapshot(self) -> dict[str, Any]:
        """What it knows between two steps."""
        return {"worse": self.worse, "best": self.best, "best_step": self.best_step, "curve": self.curve}

    def resume_from(self, saved: dict[str, Any]) -> None:
        """Takes up what `snapshot` gave."""
        self.worse, self.best, self.best_step, self.curve = (saved[key] for key in ("worse", "best", "best_step", "curve"))


def _epochs(trainer: Any) -> float:
    """How many epochs have been trained, with the part of the one that is going on."""
    return float(trainer.global_step / trainer.num_training_batches)


def train(
    learner: Learner,
    config: "TrainerConfig",
    *,
    seed: int,
    checkpoint: "Checkpoint",
    log: Log,
    callbacks: Sequence[Callback],
) -> dict[str, Any]:
    """Trains `learner` to the end of its budget and returns the record's `train`; the best weights lie in `checkpoint`.

    Raises Diverged when the loss is no longer finite; the best weights so far stay.
    """
    _quiet()
    task = learner.task
    recorder = Recorder(checkpoint, log, every=config.log_every_steps, patience=config.patience)
    by_epoch = config.validate_every_steps is None
    trainer = pl.Trainer(
        accelerator=config.accelerator,
        devices=config.devices,
        num_nodes=config.nodes,
        strategy="auto" if config.devices * config.nodes == 1 else "ddp",
        use_distributed_sampler=False,
        precision=PRECISION[config.precision],
        max_epochs=config.epochs,
        max_steps=-1 if config.max_steps is None else config.max_steps,
        val_check_interval=None if by_epoch else config.validate_every_steps,
        check_val_every_n_epoch=1 if by_epoch else None,
        callbacks=[recorder, *callbacks],
        num_sanity_val_steps=0,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    started = time.monotonic()
    trainer.fit(learner, task.train_loader(config.batch_size, seed), task.monitor_loader())
    learner.mean_loss()
    if not recorder.curve["validation_step"] or recorder.curve["validation_step"][-1] != trainer.global_step:
        trainer.validate(learner, task.monitor_loader(), verbose=False)
    if recorder.best is None:
        raise Diverged(f"no validation within {trainer.global_step} steps gave a finite {task.primary}; lower optimiser.lr.")
    return {
        "seconds": time.monotonic() - started,
        "steps": trainer.global_step,
        "epochs": trainer.current_epoch,
        "tokens": learner.tokens,
        "best_step": recorder.best_step,
        "curve": recorder.curve,
    }


def _quiet() -> None:
    """Silences Lightning's advice on settings that are chosen here on purpose."""
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for text in (
        ".*does not have many workers.*",
        ".*isinstance\\(treespec, LeafSpec\\).*",
        ".*not been set for this class.*",
    ):
        warnings.filterwarnings("ignore", text)
