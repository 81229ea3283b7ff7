"""What the suite's Learner under Lightning costs over a raw PyTorch loop: LSTM 1x128, batch 32, window 64, one thread.

    python benchmarks/learner_overhead.py [rounds]

Both train the same architecture on the same text with Adam and gradient clipping, in turns, in one process. The raw loop is
written with torch alone and keeps nothing but the loss; the Learner runs as in any job, with its logging every 50 steps and
no validation inside the timed stretch. Prints tokens/s of every turn and the median of the ratios.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from hydra import compose, initialize_config_dir
from torch import Tensor, nn

from bench.config import schema
from bench.config.compose import to_run
from bench.config.factory import make_net, make_task
from bench.config.schema import RunConfig
from bench.data.text.lanes import LaneBatch
from bench.task import Task
from bench.training.checkpoint import Checkpoint
from bench.training.learner import Learner
from bench.training.progress import Progress
from bench.training.trainer import train

if TYPE_CHECKING:
    from tasks.char_lm import CharLM

STEPS = 100
LstmState = tuple[Tensor, Tensor]


class Raw(nn.Module):
    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, 128)
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.output = nn.Linear(128, vocabulary_size)

    def forward(self, inputs_BT: Tensor, state: LstmState | None) -> tuple[Tensor, LstmState]:
        y_BTH, state = self.lstm(self.embedding(inputs_BT), state)
        return self.output(y_BTH), state


def raw_turn(batches: Sequence[LaneBatch], vocabulary_size: int) -> float:
    """Tokens per second of STEPS steps."""
    torch.manual_seed(0)
    net = Raw(vocabulary_size)
    optimiser = torch.optim.Adam(net.parameters(), 2e-3, fused=True)
    state: LstmState | None = None
    start = time.perf_counter()
    tokens = 0
    for index in range(STEPS):
        batch = batches[index % len(batches)]
        logits, (hidden_1BH, memory_1BH) = net(batch.inputs_BT, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets_BT.flatten())
        state = hidden_1BH.detach(), memory_1BH.detach()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        tokens += batch.tokens
    return tokens / (time.perf_counter() - start)


class Clock(Progress):
    """Times from the first batch's start to the last batch's end; otherwise the usual progress."""

    def on_train_batch_start(self, trainer: Any, learner: Learner, batch: LaneBatch, index: int) -> None:
        if index == 0:
            self.start, self.before = time.perf_counter(), learner.tokens

    def on_train_batch_end(self, trainer: Any, learner: Learner, outputs: Any, batch: LaneBatch, index: int) -> None:
        super().on_train_batch_end(trainer, learner, outputs, batch, index)
        self.rate = (learner.tokens - self.before) / (time.perf_counter() - self.start)


def learner_turn(settings: RunConfig, task: Task[Any], room: str) -> float:
    """Tokens per second of STEPS steps."""
    torch.manual_seed(0)
    clock = Clock("learner")
    learner = Learner(task, make_net(settings, task), settings.optimiser)
    train(
        learner,
        settings.trainer,
        seed=0,
        checkpoint=Checkpoint(Path(room)),
        log=lambda values, step: None,
        callbacks=[clock],
    )
    return clock.rate


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 31
    torch.set_num_threads(1)
    schema.register()
    overrides = ["track=none", f"trainer.max_steps={STEPS}", "trainer.epochs=1", "cell=lstm"]
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        settings = to_run(compose("config", overrides=overrides))
    task = cast("CharLM", make_task(settings))
    batches = list(task.train_loader(32, 0))[:STEPS]
    pairs = []
    with tempfile.TemporaryDirectory() as room:
        raw_turn(batches, len(task.data.vocabulary)), learner_turn(settings, task, room)
        for _ in range(rounds):
            pairs.append((raw_turn(batches, len(task.data.vocabulary)), learner_turn(settings, task, room)))
            print(f"raw {pairs[-1][0]:,.0f}  learner {pairs[-1][1]:,.0f} tokens/s", flush=True)
    ratios = sorted(learner / raw for raw, learner in pairs)
    print(f"learner / raw: median {statistics.median(ratios):.3f}, from {ratios[0]:.3f} to {ratios[-1]:.3f}")


if __name__ == "__main__":
    main()
