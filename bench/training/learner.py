"""The one LightningModule: it trains any net on any task and knows neither.

The loss of a step is the mean negative log-likelihood over the targets of the batch, on several devices of the whole batch
(`bench.training.data_parallel`). A carried state is detached between
batches (truncated backpropagation through time) and dropped where a batch says that its streams start. Sums for logging stay
tensors, so that a step waits for nothing.
"""

from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from bench.cells.state import detach, map_state
from bench.metrics.metric import Counts, Metric, add
from bench.nets.net import as_net
from bench.task import Task
from bench.training.data_parallel import Ranks
from bench.training.optimiser import groups, make_optimiser, make_schedule

if TYPE_CHECKING:
    from bench.config.schema import OptimiserConfig


ABSURD_NATS = 1e4  # a mean loss that no vocabulary explains: ln V is below 20 for half a billion symbols


class Diverged(RuntimeError):
    """The training loss is no longer a number that a model could have."""


class Learner(pl.LightningModule):
    """`metrics`: the last validation's; `tokens`: the targets trained on; `ranks`: the devices that share a batch."""

    def __init__(self, task: Task[Any], net: nn.Module, optimiser: "OptimiserConfig") -> None:
        super().__init__()
        self.task = task
        self.net = as_net(net)
        self.settings = optimiser
        self.tokens = 0
        self.metrics: dict[str, Metric] = {}
        self.gradient_norm: Tensor | None = None
        self._parameters_list = list(net.parameters())
        self._state: Any = None
        self._steps = 1
        self._sums: list[Tensor] = []
        self._counted = 0
        self._scored_state: Any = None
        self._scored: Counts = {}
        self.ranks = Ranks(0, 1)

    def setup(self, stage: str) -> None:
        self.ranks = Ranks(self.global_rank, self.trainer.world_size)

    def training_step(self, batch: Any, index: int) -> Tensor:
        self.net.at(self.global_step / self._steps)
        (nll_sum, count), state = self.net.loss(self.ranks.rows_of_rank(batch), None if batch.first else self._state)
        carried = self.task.carry(state)
        self._state = None if carried is None else detach(carried)
        self.tokens += batch.tokens
        self._counted += batch.tokens
        loss, nll_sum = self.ranks.loss(nll_sum, count, batch)
        self._sums.append(nll_sum)
        return loss

    def mean_loss(self) -> float:
        """Mean nats per target since the last call. Raises Diverged when it is not finite or absurd."""
        total = torch.stack(self._sums).sum() if self._sums else torch.zeros((), device=self.device)
        mean = self.ranks.total(total).item() / max(self._counted, 1)
        self._sums, self._counted = [], 0
        if not mean < ABSURD_NATS:
            raise Diverged(
                f"the training loss became {mean:.4g} by step {self.global_step}; lower optimiser.lr or optimiser.clip."
            )
        return mean

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        if self.settings.clip is not None:
            self.gradient_norm = nn.utils.clip_grad_norm_(self._parameters_list, self.settings.clip)

    def on_train_epoch_start(self) -> None:
        self._state = None
        self.trainer.train_dataloader.set_epoch(self.current_epoch)

    def on_validation_epoch_start(self) -> None:
        self._scored_state, self._scored = None, {}

    def validation_step(self, batch: Any, index: int) -> None:
        if self.ranks.reads(batch):
            counts, self._scored_state = self.task.monitor(self.net, self.ranks.rows_of_rank(batch), self._scored_state)
            self._scored = add(self._scored, counts)

    def on_validation_epoch_end(self) -> None:
        self.metrics = self.task.metrics(self.ranks.totals(self._scored))
        self._scored_state = None

    def snapshot(self) -> dict[str, Any]:
        """What a training is in the middle of, besides weights and optimiser."""
        sums = torch.stack(self._sums) if self._sums else torch.zeros(0)
        return {"tokens": self.tokens, "counted": self._counted, "sums": sums, "state": self._state}

    def resume_from(self, saved: dict[str, Any]) -> None:
        """Takes up what `snapshot` gave, also from another device."""
        self.tokens, self._counted = saved["tokens"], saved["counted"]
        self._sums = list(saved["sums"].to(self.device))
        state = saved["state"]
        self._state = None if state is None else map_state(lambda leaf: leaf.to(self.device), state)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        return batch.to(device)

    def configure_optimizers(self) -> Any:
        optimiser = make_optimiser(self.settings, groups(self.net, self.settings.weight_decay))
        self._steps = int(self.trainer.estimated_stepping_batches)
        schedule = make_schedule(self.settings, optimiser, self._steps)
        if schedule is None:
            return optimiser
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
