"""An n-gram language model as a net: counted once (`bench.baselines.kneser_ney`), then scored and drawn from as any other.

The Markov assumption with a table for each history: p(w_t | w_1 .. w_{t-1}) = p(w_t | w_{t-n+1} .. w_{t-1}). Its state is the
last n - 1 tokens, so it is carried from window to window as a recurrent state is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from bench.baselines.kneser_ney import Tables, estimate
from bench.cells.ranges import at_least_one
from bench.cells.scan.padding import beside, valid_mask, valid_steps
from bench.cells.state import State, leaf
from bench.errors import Refusal
from bench.nets.net import LabelledBatch
from bench.nets.roles import Writes
from bench.nets.topology import Topology

NOTHING = -1  # before the first token; and the node of what was not counted


class NGram(Writes[LabelledBatch]):
    """`order` is n: 1 for single tokens, 2 for pairs. No stack is used. State: the last n - 1 tokens [B, n - 1], -1: none."""

    topologies = frozenset({Topology.NEXT_TOKEN})

    key_E: Tensor
    share_E: nn.Parameter
    backoff_C: nn.Parameter

    def __init__(self, *, make_stack: Any, vocabulary_size: int, outputs: int, order: int) -> None:
        super().__init__()
        self.vocabulary_size = at_least_one("vocabulary_size", vocabulary_size)
        self.remembered = at_least_one("net.order", order) - 1
        self.register_buffer("key_E", torch.zeros(0, dtype=torch.int64))
        self.share_E = _table(torch.zeros(0))
        self.backoff_C = _table(torch.ones(1))

    def fit(self, batches: Iterable[LabelledBatch]) -> None:
        """Counts the text of these batches, whose rows are lanes: each row goes on in the next batch, and ends where the next
        row began."""
        ids_T = _text(list(batches))
        if len(ids_T) <= self.remembered:
            raise Refusal(
                f"net.order={self.remembered + 1} does not fit a text of {len(ids_T)} tokens: give a lower order, or more text."
            )
        estimates = estimate(ids_T, vocabulary_size=self.vocabulary_size, order=self.remembered + 1)
        self._take(Tables(estimates.key_E, estimates.share_E.float(), estimates.backoff_C.float()))

    def loss(self, batch: LabelledBatch, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        read_BL, lengths_B = self._with_history(batch, state)
        valid_BT = valid_mask(lengths_B, batch.inputs_BT)
        log_prob_BT = self._log_prob(read_BL, batch.targets_BT.masked_fill(~valid_BT, 0))
        return (-valid_steps(log_prob_BT, lengths_B).sum(), lengths_B.sum()), self._last(read_BL, lengths_B)

    def start(self, batch: LabelledBatch) -> State:
        """The state after the inputs of each row."""
        return self._last(*self._with_history(batch, None))

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        read_NL = torch.cat([leaf(state), token_N.unsqueeze(1)], 1)
        node_NM = torch.cat(self._histories(read_NL, 1), 1)
        log_prob_NV = torch.stack([self._distribution(nodes).log() for nodes in node_NM.tolist()])
        return log_prob_NV.float(), read_NL[:, 1:]

    def _with_history(self, batch: LabelledBatch, state: State | None) -> tuple[Tensor, Tensor]:
        """(the tokens before the batch, then its inputs [B, L], -1 in the padding; how many of the inputs are valid [B])."""
        inputs_BT, lengths_B = batch.inputs_BT, batch.lengths_B
        if lengths_B is None:
            lengths_B = torch.full((len(inputs_BT),), inputs_BT.size(1))
        valid_BT = valid_mask(lengths_B, inputs_BT)
        before_BM = self._nothing(len(inputs_BT)) if state is None else leaf(state)
        return torch.cat([before_BM, inputs_BT.masked_fill(~valid_BT, NOTHING)], 1), lengths_B

    def _last(self, read_BL: Tensor, lengths_B: Tensor) -> Tensor:
        """The last n - 1 tokens that each row has read."""
        place_BM = beside(lengths_B, read_BL).unsqueeze(1) + torch.arange(self.remembered, device=read_BL.device)
        return read_BL.gather(1, place_BM)

    def _log_prob(self, read_BL: Tensor, targets_BT: Tensor) -> Tensor:
        """log p of each target given the tokens before it: the sum over orders, from the shortest history to the longest."""
        p_BT = torch.full_like(targets_BT, 1 / self.vocabulary_size, dtype=torch.float64)
        for node_BT in self._histories(read_BL, targets_BT.size(1)):
            entry_BT = self._child(node_BT, targets_BT) - 1
            share_BT = torch.where(entry_BT >= 0, self.share_E[entry_BT.clamp(min=0)], 0.0)
            p_BT = torch.where(node_BT >= 0, share_BT + self.backoff_C[node_BT.clamp(min=0)] * p_BT, p_BT)
        return p_BT.log()

    def _histories(self, read_BL: Tensor, steps: int) -> list[Tensor]:
        """The nodes [B, steps] of the last 0, 1, .. n - 1 tokens that each of the last `steps` predictions has read.

        Raises ValueError before `fit` or a loaded state.
        """
        if not len(self.key_E):
            raise ValueError("the n-gram model has counted nothing; call fit, or load the state of one that has.")
        node_BS = torch.zeros_like(read_BL)  # of as many tokens as there were rounds, by where they start
        histories = [node_BS[:, node_BS.size(1) - steps :]]
        for length in range(1, self.remembered + 1):
            node_BS = self._child(node_BS[:, : read_BL.size(1) - length + 1], read_BL[:, length - 1 :])
            histories.append(node_BS[:, node_BS.size(1) - steps :])
        return histories

    def _child(self, node: Tensor, token: Tensor) -> Tensor:
        """The node of these histories with one token more, -1 where it was not counted."""
        key = node * self.vocabulary_size + token
        index = torch.searchsorted(self.key_E, key).clamp(max=len(self.key_E) - 1)
        counted = (self.key_E[index] == key) & (node >= 0) & (token >= 0)
        return torch.where(counted, index + 1, NOTHING)

    def _distribution(self, nodes: Sequence[int]) -> Tensor:
        """p of every token after the histories of these nodes, the shortest first: float64 [V]."""
        p_V = torch.full((self.vocabulary_size,), 1 / self.vocabulary_size, dtype=torch.float64, device=self.key_E.device)
        for node in nodes:
            if node != NOTHING:
                ends = torch.tensor([node, node + 1], device=self.key_E.device) * self.vocabulary_size
                first, last = torch.searchsorted(self.key_E, ends).tolist()
                p_V *= self.backoff_C[node]
                p_V[self.key_E[first:last] - node * self.vocabulary_size] += self.share_E[first:last]
        return p_V

    def _nothing(self, rows: int) -> Tensor:
        return torch.full((rows, self.remembered), NOTHING, device=self.key_E.device)

    def _take(self, tables: Tables) -> None:
        self.key_E = tables.key_E
        self.share_E, self.backoff_C = _table(tables.share_E), _table(tables.backoff_C)

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        """Takes on the sizes of the state before torch compares them; they depend on what was counted."""
        names = [prefix + name for name in ("key_E", "share_E", "backoff_C")]
        if all(name in state_dict for name in names):
            self._take(Tables(*(torch.empty_like(state_dict[name], device=self.key_E.device) for name in names)))
        super()._load_from_state_dict(state_dict, prefix, *rest)  # type: ignore[no-untyped-call]


def _text(batches: Sequence[LabelledBatch]) -> Tensor:
    """The tokens of all lanes, one after the other."""
    first = batches[0].inputs_BT[:1, 0]
    lanes: list[list[Tensor]] = [[] for _ in batches[0].inputs_BT]
    for batch in batches:
        steps = batch.targets_BT.size(1)
        lengths = [steps] * len(lanes) if batch.lengths_B is None else batch.lengths_B.tolist()
        for lane, target_T, length in zip(lanes, batch.targets_BT, lengths, strict=True):
            lane.append(target_T[:length])
    return torch.cat([first, *(part for lane in lanes for part in lane)])


def _table(table: Tensor) -> nn.Parameter:
    return nn.Parameter(table, requires_grad=False)
