"""The decoder of an encoder-decoder: a forward stack that sees the source through a fixed code or through attention.

    x_t = [e_t ; c ; o_{t-1}]              c where `context` is every_step or both; o_{t-1} with input feeding
    h_t = stack(x_t)                       from the encoder's last state, or from zeros where `context` is every_step
    o_t = h_t                              without attention
    o_t = tanh(W [h_t ; attend(h_t)] + b)  with attention (Luong et al. 2015, arXiv:1508.04025, equation 5; input feeding:
                                           its section 3.3)

c is the encoder's output after the last symbol (Cho et al. 2014, arXiv:1406.1078, section 2.2). Without input feeding all
steps of a known target are one fused scan and one batched attention; with it they are a loop.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bench.cells.ranges import one_of
from bench.cells.scan.deferred import deferred, linear
from bench.cells.scan.padding import last_valid, valid_mask
from bench.cells.state import State, branches, leaf, map_state
from bench.decoding.select import PerSource
from bench.errors import Refusal
from bench.nets.parts.attention import KINDS, Attention
from bench.nets.parts.bridge import Bridge
from bench.nets.parts.dropout import Dropout
from bench.nets.parts.stack import Stack
from bench.settings import Settings

CONTEXTS = ("initial_state", "every_step", "both")


class Decoder(nn.Module):
    """`stack` must read `input_size(...)` numbers. Axes: N = B x W rows, W of them a source."""

    def __init__(self, encoder: Stack, stack: Stack, source: "SourceAccess", *, readout_size: int, dropout: Dropout) -> None:
        super().__init__()
        self.stack, self.dropout, self.bidirectional = stack, dropout, encoder.bidirectional
        self.feeding, self.every_step = source.input_feeding, source.every_step
        self.bridge = Bridge(encoder, stack) if source.initial_state else None
        self.attention: Attention | None = None
        self.output_size = stack.output_size
        if source.attends:
            memory_size = encoder.output_size
            self.attention = Attention(source.attention, query_size=stack.output_size, memory_size=memory_size)
            self.combine = nn.Linear(stack.output_size + memory_size, readout_size)
            self.output_size = readout_size

    def read(self, memory_BSE: Tensor, lengths_B: Tensor, last: State) -> tuple[PerSource, State]:
        """What is kept of the sources, and the state of the rows before the first symbol."""
        summary_BE = summary(memory_BSE, lengths_B, bidirectional=self.bidirectional)
        batch_size = memory_BSE.size(0)
        zeros = self.stack.init_state(batch_size, memory_BSE.float())
        state = zeros if self.bridge is None else self.bridge(last, zeros)
        fed: State = memory_BSE.new_zeros(batch_size, self.output_size) if self.feeding else ()
        if self.attention is None:
            return PerSource((summary_BE,)), (state, fed)
        valid_BS = valid_mask(lengths_B, memory_BSE)
        return PerSource((summary_BE, memory_BSE, self.attention.prepare(memory_BSE), valid_BS)), (state, fed)

    def step(self, x_NI: Tensor, state: State, source: PerSource) -> tuple[Tensor, State, Tensor | None]:
        """(o_NR, the next state, weights_NS) from the embedded symbols."""
        before, fed = branches(state)
        parts = [x_NI]
        if self.every_step:
            summary_BE = leaf(source[0])
            width = x_NI.size(0) // summary_BE.size(0)
            parts.append(summary_BE.unsqueeze(1).expand(-1, width, -1).reshape(x_NI.size(0), -1))
        if self.feeding:
            parts.append(leaf(fed))
        h_NH, after = self.stack.step(torch.cat(parts, 1) if len(parts) > 1 else x_NI, before)
        if self.attention is None:
            o_NR, weights_NS = h_NH, None
        else:
            sources = leaf(source[0]).size(0)
            o_BWR, weights_BWS = self._attend(h_NH.view(sources, -1, h_NH.size(1)), source)
            o_NR, weights_NS = o_BWR.flatten(0, 1), weights_BWS.flatten(0, 1)
        o_NR = self.dropout(o_NR)
        return o_NR, (after, o_NR if self.feeding else ()), weights_NS

    def unroll(self, x_BTI: Tensor, state: State, source: PerSource) -> tuple[Tensor, Tensor | None]:
        """(o_BTR, weights_BTS) of known symbols; one row a source."""
        if self.feeding:
            return self._loop(x_BTI, state, source)
        before, _ = branches(state)
        if self.every_step:
            summary_BE = leaf(source[0])
            x_BTI = torch.cat([x_BTI, summary_BE.unsqueeze(1).expand(-1, x_BTI.size(1), -1).to(x_BTI.dtype)], 2)
        h_BTH, _ = self.stack.scan(x_BTI, before)
        if self.attention is None:
            return self.dropout(h_BTH), None
        o_BTR, weights_BTS = self._attend(h_BTH, source)
        return self.dropout(o_BTR), weights_BTS

    def _loop(self, x_BTI: Tensor, state: State, source: PerSource) -> tuple[Tensor, Tensor | None]:
        outputs, all_weights = [], []
        x_BTI, state, source = x_BTI.float(), float32(state), PerSource(map(float32, source))
        with deferred(x_BTI.device.type):
            for x_BI in x_BTI.unbind(1):
                o_BR, state, weights_BS = self.step(x_BI, state, source)
                outputs.append(o_BR)
                all_weights.append(weights_BS)
        weights = [weights_BS for weights_BS in all_weights if weights_BS is not None]
        return torch.stack(outputs, 1), torch.stack(weights, 1) if weights else None

    def _attend(self, h_BQH: Tensor, source: PerSource) -> tuple[Tensor, Tensor]:
        assert self.attention is not None
        _, memory_BSE, keys_BSH, valid_BS = map(leaf, source)
        context_BQE, weights_BQS = self.attention(h_BQH, keys_BSH, memory_BSE, valid_BS)
        read_MR = torch.cat([h_BQH, context_BQE.to(h_BQH.dtype)], 2).flatten(0, 1)
        o_MR = torch.tanh(linear(read_MR, self.combine.weight, self.combine.bias))
        return o_MR.view(*h_BQH.shape[:2], -1), weights_BQS


def float32(state: State) -> State:
    """What a `deferred` loop starts from under autocast: floating-point leaves in float32."""
    return map_state(lambda leaf: leaf.float() if leaf.is_floating_point() else leaf, state)


@dataclass(frozen=True)
class SourceAccess(Settings):
    """How the source reaches the decoder: `attention` none | dot | general | additive, `context` for none."""

    attention: str
    context: str
    input_feeding: bool
    reverse_source: bool

    def __post_init__(self) -> None:
        one_of("net.attention", self.attention, ("none", *KINDS))
        one_of("net.context", self.context, CONTEXTS)
        if self.input_feeding and not self.attends:
            raise Refusal(
                "net.input_feeding=true is refused with net.attention=none: there is no attention vector to feed; choose "
                f"net.attention from {', '.join(KINDS)}, or set net.input_feeding=false."
            )

    @property
    def attends(self) -> bool:
        return self.attention != "none"

    @property
    def initial_state(self) -> bool:
        """Whether the decoder starts from the encoder's last state."""
        return self.attends or self.context in ("initial_state", "both")

    @property
    def every_step(self) -> bool:
        """Whether the decoder reads the fixed code at each step."""
        return not self.attends and self.context in ("every_step", "both")

    def input_size(self, embedding_size: int, *, memory_size: int, readout_size: int) -> int:
        """How many numbers the decoder's stack reads at a step."""
        return embedding_size + memory_size * self.every_step + readout_size * self.input_feeding


def summary(memory_BSE: Tensor, lengths_B: Tensor, *, bidirectional: bool) -> Tensor:
    """The encoder's output after the last symbol; the backward half is that at the first position."""
    nothing_BE = torch.zeros_like(memory_BSE[:, 0])
    last_BE = last_valid(memory_BSE, lengths_B, nothing_BE)
    if not bidirectional:
        return last_BE
    half = memory_BSE.size(2) // 2
    return torch.cat([last_BE[:, :half], memory_BSE[:, 0, half:]], 1)
