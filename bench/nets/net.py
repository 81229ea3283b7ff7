"""The contract of a net: a topology with a loss, in sums and counts.

    loss(batch, state) -> ((nll_sum, count), state)

nll_sum is the negative log-likelihood in nats, summed over the predictions of the batch, and count is how many there
were: uneven batches and several devices then add up exactly, which means of means do not. What else a net can be asked is its
role (`bench.nets.roles`).

A net is not a task: it knows no data, no metric and no optimiser.
"""

from typing import Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.scan.padding import valid_mask
from bench.cells.state import State
from bench.errors import Refusal
from bench.nets.topology import Topology

IGNORED = -100  # no class: a target that cross_entropy leaves out

BatchT_contra = TypeVar("BatchT_contra", contravariant=True)


class LabelledBatch(Protocol):
    """Token ids in, class ids out, one target a position. `lengths_B` None: every row is full."""

    @property
    def inputs_BT(self) -> Tensor: ...
    @property
    def targets_BT(self) -> Tensor: ...
    @property
    def lengths_B(self) -> Tensor | None: ...


class Net(nn.Module, Generic[BatchT_contra]):
    """Base of all nets, over the kind of batch that a net reads. `topologies`: those of the tasks that it is for."""

    version: ClassVar[int] = 1
    """Of what it computes: a change that gives other numbers raises it (`bench.jobs.identity`)."""
    topologies: ClassVar[frozenset[Topology]] = frozenset()
    reads_its_tags: ClassVar[bool] = False
    """Whether it reads the tags that it has found, so that a beam can search among them."""

    has_context: ClassVar[bool] = False
    """Whether its settings `context`, `attention` and `decoder` say how a source reaches what it writes."""
    own_layers: ClassVar[bool] = False
    """Whether it has layers of its own and no stack: of `stack` it takes depth, hidden_size and dropout into its settings."""
    multiple_of: ClassVar[str | None] = None
    """With layers of its own: the setting of which its hidden_size is a multiple."""
    longest_text: int | None = None
    """Symbols of the longest text that it can write, without the end; None: of any length."""

    def loss(self, batch: BatchT_contra, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((nll_sum, count), the state after the batch). A state of None: the net's own start."""
        raise NotImplementedError

    def at(self, progress: float) -> None:
        """Told before each training step how much of the training is done, 0 to 1: for what changes as it goes on."""

    def forward(self, batch: BatchT_contra, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """The loss: so that what wraps `forward` (hooks, torch.compile) wraps what is trained."""
        return self.loss(batch, state)


def as_net(module: nn.Module) -> Net[Any]:
    """What a configuration has made, as a net. Raises Refusal, one sentence, for what is none."""
    if not isinstance(module, Net):
        raise Refusal(f"net._target_ makes a {type(module).__name__}, which is no net: derive it from bench.nets.net.Net.")
    return module


def nll(logits_BTV: Tensor, targets_BT: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """(sum in nats as float32, integer count) over the valid positions; targets in the padding may be anything."""
    if lengths_B is None:
        count = torch.tensor(targets_BT.numel())
    else:
        valid_BT = valid_mask(lengths_B, targets_BT)
        targets_BT = targets_BT.masked_fill(~valid_BT, IGNORED)
        count = lengths_B.sum()
    logits = logits_BTV.float().flatten(0, 1)
    return F.cross_entropy(logits, targets_BT.flatten(), ignore_index=IGNORED, reduction="sum"), count
