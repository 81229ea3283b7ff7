"""Continues an interrupted training in the middle of an epoch, bit for bit as if nothing had happened.

A snapshot is taken between two steps, on several devices by all ranks at the same step: weights, optimiser, schedule,
Lightning's counters, random states, the learner's carried hidden state and sums, the recorder's curve, and the best weights so
far, which are put back where the disk has others. The loader is not asked
where it was: its order depends on seed and epoch alone, so the batches that were read are read again and dropped. This file
changes no weights, and so is no part of a run's identity.
"""

import random
import time
import warnings
from contextlib import ExitStack
from typing import Any

import torch
from pytorch_lightning.callbacks import Callback

from bench.training.interrupts import Interrupted, interrupts
from bench.training.snapshots import Snapshots
from bench.training.trainer import Recorder

TOGETHER = 16
"""Steps after which several ranks agree on whether to save."""


class Resume(Callback):
    """Saves every `minutes`, and when an interrupt asks for it; continues from the newest snapshot.

    `seconds_before`: what the training took in earlier processes.
    """

    def __init__(self, snapshots: Snapshots, *, minutes: float) -> None:
        self.snapshots, self.seconds = snapshots, 60 * minutes
        self.seconds_before = 0.0
        self.started = self.saved = time.monotonic()
        self._snapshot: dict[str, Any] | None = None
        self._open = ExitStack()

    def on_fit_start(self, trainer: Any, learner: Any) -> None:
        self._snapshot = self.snapshots.newest(learner.ranks.common)
        if self._snapshot is not None and "best" not in self._snapshot:
            self.snapshots.warn("the snapshot is of an earlier version of the suite and is not used")
            self._snapshot = None
        if self._snapshot is not None:
            warnings.filterwarnings("ignore", ".*resuming from a checkpoint that ended before the epoch ended.*")
            trainer.fit_loop.load_state_dict(self._snapshot["loops"])

    def on_train_start(self, trainer: Any, learner: Any) -> None:
        self._open.enter_context(interrupts.until_saved())
        self.started = self.saved = time.monotonic()
        if self._snapshot is None:
            return
        self.seconds_before = self._snapshot["seconds"]
        learner.net.load_state_dict(self._snapshot["net"])
        learner.resume_from(self._snapshot["learner"])
        for part, saved in zip(_parts(trainer), self._snapshot["parts"], strict=True):
            part.load_state_dict(saved)
        recorder = _recorder(trainer)
        recorder.resume_from(self._snapshot["recorder"])
        if recorder.checkpoint.restore_best({name: _bytes(content) for name, content in self._snapshot["best"].items()}):
            self.snapshots.warn(f"the best weights were damaged; those of step {trainer.global_step} are put back")
        _skip_batches(trainer)

    def on_train_batch_start(self, trainer: Any, learner: Any, batch: Any, index: int) -> None:
        if self._snapshot is not None:  # only now, since setting up draws random numbers too
            _set_random_states(self._snapshot["random"], learner.device)
            self._snapshot = None
            return
        if learner.ranks.count > 1 and trainer.global_step % TOGETHER:
            return
        interrupted = learner.ranks.any(interrupts.asked, learner.device)
        saved = False
        if interrupted or learner.ranks.any(time.monotonic() - self.saved >= self.seconds, learner.device):
            saved = self._save(trainer, learner)
        if interrupted:
            raise Interrupted(f"saved at step {trainer.global_step}" if saved else "not saved")

    def on_train_end(self, trainer: Any, learner: Any) -> None:
        self._open.close()

    def on_exception(self, trainer: Any, learner: Any, exception: BaseException) -> None:
        self._open.close()

    def _save(self, trainer: Any, learner: Any) -> bool:
        """Whether the snapshot could be written. Raises DamagedWeights: the last good snapshot then stays the newest."""
        best = _recorder(trainer).checkpoint.best_files()
        content = {
            "step": trainer.global_step,
            "seconds": self.seconds_before + time.monotonic() - self.started,
            "loops": _loops(trainer),
            "net": learner.net.state_dict(),
            "learner": learner.snapshot(),
            "parts": [part.state_dict() for part in _parts(trainer)],
            "recorder": _recorder(trainer).snapshot(),
            "random": _random_states(learner.device),
            "best": {name: _tensor(content) for name, content in best.items()},
        }
        self.saved = time.monotonic()
        try:
            self.snapshots.write(content)
        except OSError as error:
            self.snapshots.warn(f"no snapshot could be saved ({error.strerror}); the training goes on without")
            return False
        return True


def _recorder(trainer: Any) -> Recorder:
    (recorder,) = (callback for callback in trainer.callbacks if isinstance(callback, Recorder))
    return recorder


def _tensor(content: bytes) -> torch.Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def _bytes(content: torch.Tensor) -> bytes:
    return content.numpy().tobytes()


def _parts(trainer: Any) -> list[Any]:
    """Optimisers and schedules."""
    return [*trainer.optimizers, *(config.scheduler for config in trainer.lr_scheduler_configs)]


def _loops(trainer: Any) -> dict[str, Any]:
    """Lightning's counters as they were before the batch at hand, which then is the first to come."""
    loops: dict[str, Any] = trainer.fit_loop.state_dict()
    batches = loops["epoch_loop.batch_progress"]
    for count in (batches["total"], batches["current"]):
        count["ready"] = count["completed"]
    batches["is_last_batch"] = False
    return loops


def _skip_batches(trainer: Any) -> None:
    """Reads the batches of this epoch that were trained on."""
    trainer.train_dataloader.set_epoch(trainer.current_epoch)
    fetcher = iter(trainer.fit_loop._data_fetcher)
    for _ in range(trainer.fit_loop.epoch_loop.batch_progress.current.completed):
        next(fetcher.iterator)


def _random_states(device: torch.device) -> dict[str, Any]:
    """Of the host, and of the GPU that trains: to ask another one takes some of its memory."""
    gpu = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return {"torch": torch.get_rng_state(), "gpu": gpu, "python": random.getstate()}


def _set_random_states(saved: dict[str, Any], device: torch.device) -> None:
    """A GPU that takes over from a processor starts with a state of its own."""
    torch.set_rng_state(saved["torch"])
    if device.type == "cuda" and saved.get("gpu") is not None:
        torch.cuda.set_rng_state(saved["gpu"], device)
    random.setstate(saved["python"])
