"""How far a gradient reaches back: the norm of d loss_t / d h_(t-k) against the lag k.

The loss is that of one token, the last of a window; h is what every layer hands to its next step as hidden state (an LSTM's h,
not its c: a gradient that travels through c arrives at h all the same, through the gates). The norm is that of one row, over
all layers; over rows the median is taken, since norms spread over orders of magnitude and a rectifier makes some of them 0.
In a plain recurrent network it is that of a product of k Jacobians, and so falls or grows exponentially (Bengio et al. 1994,
doi 10.1109/72.279181; Pascanu et al. 2013, arXiv:1211.5063): the rate per step is fitted to its logarithm. All is done in
float64, where 1e-300 is not yet 0.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from bench.cells.state import Kind, Leaf, State, branches, leaves
from bench.config.factory import make_net
from bench.config.model_size import net_without_weights
from bench.data.text.lanes import LaneBatch
from bench.data.text.text import TextData
from bench.errors import DataError
from bench.metrics.metric import Metric
from bench.nets.aligned import Aligned
from bench.probes import Answer, text_of

if TYPE_CHECKING:
    from bench.jobs.job import Job

LAGS = 128  # steps back
WARM_UP = 64  # tokens read before the first step that counts, so that it does not start from nothing
ROWS = 64  # windows of the validation text, evenly spread
VERSION = 1
ON_MACHINE = False
TRAINS = True
REPORT = {
    "title": "Gradient flow",
    "note": f"Rate: the factor per step back, fitted over up to {LAGS - 1} steps. Reach: steps back until 1 % of the gradient "
    f"one step back is left, at most {LAGS - 1}. The norm is the median over {ROWS} windows of the validation text.",
    "tune": {},
}

REACHED = 0.01  # share of the gradient at lag 1 below which nothing is said to arrive
VANISHED = 1e-250  # below this a norm is no longer a number to fit


def groups(jobs: "Sequence[Job]") -> "list[list[Job]]":
    for job in jobs:
        windows(text_of(job), rows=ROWS, length=WARM_UP + LAGS)
        if not isinstance(net_without_weights(job.config, job.task), Aligned):
            raise DataError(
                f"this probe follows a gradient through the stack of a language model, and model={job.config.net['name']} is "
                "no such net: give model=aligned."
            )
    return [[job] for job in jobs]


def ask(jobs: "Sequence[Job]") -> list[Answer]:
    return [_answer(job) for job in jobs]


def _answer(job: "Job") -> Answer:
    torch.manual_seed(job.config.seed)
    net = make_net(job.config, job.task)
    assert isinstance(net, Aligned)
    inputs_NT, target_N = windows(text_of(job), rows=ROWS, length=WARM_UP + LAGS)
    start = flow(net, inputs_NT, target_N, lags=LAGS)
    job.checkpoint().load_best(net)
    flows = {"trained": flow(net, inputs_NT, target_N, lags=LAGS), "start": start}
    metrics = {}
    for when, measured in flows.items():
        metrics[f"gradient_rate_{when}"] = Metric(measured.rate, "per step", "", ROWS)
        metrics[f"gradient_reach_{when}"] = Metric(measured.reach, "steps", "", ROWS)
    return Answer("validation", metrics, {when: measured.norms for when, measured in flows.items()})


def windows(data: TextData, *, rows: int, length: int) -> tuple[Tensor, Tensor]:
    """(inputs [rows, length], the token after each window [rows]), evenly spread over the validation text."""
    ids = data.ids["validation"]
    if len(ids) <= length:
        raise DataError(f"the validation text has {len(ids)} tokens, fewer than one window of {length} and its target.")
    starts = torch.linspace(0, len(ids) - length - 1, rows).long()
    places_NT = starts[:, None] + torch.arange(length + 1)
    return ids[places_NT[:, :-1]], ids[places_NT[:, -1]]


@dataclass(frozen=True)
class Flow:
    """`norms[k]`: the median over rows at lag k, 0 where nothing arrives in most of them."""

    norms: tuple[float, ...]

    @property
    def rate(self) -> float:
        """The factor per step, from lag 1 on: below 1 it vanishes, above 1 it explodes; 0: nothing arrives at lag 2."""
        arriving = [(lag, norm) for lag, norm in enumerate(self.norms) if lag and norm > VANISHED]
        if len(arriving) < 2:
            return 0.0
        lags, logs = (torch.tensor(part, dtype=torch.float64) for part in zip(*arriving, strict=True))
        logs = logs.log()
        slope = ((lags - lags.mean()) * (logs - logs.mean())).sum() / (lags - lags.mean()).square().sum()
        return float(slope.exp())

    @property
    def reach(self) -> int:
        """The largest lag, up to the longest measured, before the gradient is below 1 % of that at lag 1."""
        far = (lag for lag, norm in enumerate(self.norms) if lag and not norm > REACHED * self.norms[1])
        return next(far, len(self.norms)) - 1


def flow(net: Aligned, inputs_NT: Tensor, target_N: Tensor, *, lags: int) -> Flow:
    """Of the loss of `target_N` [N] after reading `inputs_NT` [N, T], N rows side by side: lags below `lags`, at most T."""
    net = deepcopy(net).double().eval()
    norms_NK = norms(net, inputs_NT, target_N)
    return Flow(tuple(norms_NK[:, :lags].quantile(0.5, 0).tolist()))


def norms(net: Aligned, inputs_NT: Tensor, target_N: Tensor) -> Tensor:
    """The norm of each row's gradient at each lag [N, T], lag 0 first."""
    nothing_N0 = inputs_NT[:, :0]
    state = net.start(LaneBatch(nothing_N0, nothing_N0, None, first=True, tokens=0))
    hidden_by_step: list[list[Tensor]] = []
    log_prob_NV = torch.empty(0)
    for token_N in inputs_NT.unbind(1):
        log_prob_NV, state = net.step(token_N, state)
        hidden_by_step.append(hidden(state, net.stack.layer_leaves))
    loss = -log_prob_NV.gather(1, target_N[:, None]).sum()
    states = [leaf for layers in reversed(hidden_by_step) for leaf in layers]
    gradients = torch.autograd.grad(loss, states, allow_unused=True)
    squares = [_squares(gradient, leaf) for gradient, leaf in zip(gradients, states, strict=True)]
    depth = len(hidden_by_step[0])
    return torch.stack([sum(squares[k : k + depth], torch.zeros(())) for k in range(0, len(squares), depth)], 1).sqrt()


def hidden(state: State, layer_leaves: Sequence[Leaf]) -> list[Tensor]:
    """The hidden state of every layer: its output; where a state has none (a window's past inputs), its first tensor."""
    index = next((index for index, leaf in enumerate(layer_leaves) if leaf.kind is Kind.OUTPUT), 0)
    return [leaves(layer)[index] for layer in branches(state)]


def _squares(gradient: Tensor | None, leaf: Tensor) -> Tensor:
    """Sum of squares of each row [N]; a leaf that the loss does not know has none."""
    return leaf.new_zeros(leaf.size(0)) if gradient is None else gradient.flatten(1).square().sum(1)
