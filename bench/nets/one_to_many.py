"""One input to many outputs: a vector in, a sequence out, its own last output its next input (Vinyals et al. 2015,
arXiv:1411.4555: an image to its caption).

    c = tanh(W v + b)                       v the input, c as wide as an embedded symbol
    s_0 = tanh(W_s c + b_s)                 context initial_state or both, else 0; without tanh for a leaf that is no output
                                            (an LSTM's c)
    h_t = stack([E[y_{t-1}] ; c], h_{t-1})  context every_step or both, else stack(E[y_{t-1}], h_{t-1})

(Goodfellow et al. 2016, Deep Learning, figure 10.9, has the input at every step.) The names of `context` are those of the
encoder-decoder. The rest is `bench.nets.generator`; a predicted length is predicted from c.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

from bench.cells.ranges import one_of
from bench.cells.state import Kind, State, leaf, leaves, rebuilt
from bench.decoding.select import PerSource
from bench.nets.generator import Generator
from bench.nets.parts.decoder import CONTEXTS
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.stack import Stack
from bench.nets.parts.stopping import StoppingRule, Targets
from bench.nets.topology import Topology


class Described(Targets, Protocol):
    """A vector and a sequence a row."""

    @property
    def features_BF(self) -> Tensor: ...


class OneToMany(Generator[Described]):
    """`sizes`: features (the width of a vector), vocabulary, start, end; the others as those of `Generator`."""

    topologies = frozenset({Topology.VECTOR_TO_TEXT})
    has_context = True

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        sizes: Mapping[str, int],
        embedding_size: int,
        context: str,
        stopping: StoppingRule,
        dropout: DropoutAtEnds,
    ) -> None:
        every_step = one_of("net.context", context, CONTEXTS) != "initial_state"
        super().__init__(
            make_stack=(lambda size: make_stack(2 * size)) if every_step else make_stack,
            sizes=sizes,
            embedding_size=embedding_size,
            stopping=stopping,
            dropout=dropout,
        )
        self.every_step = every_step
        self.read = nn.Linear(sizes["features"], embedding_size)
        start = self.stack.init_state(1, torch.zeros(1))
        kinds = [leaf.kind for leaf in self.stack.layer_leaves] * self.stack.depth
        filled = [kind is not Kind.FIXED and context != "every_step" for kind in kinds]
        self.kinds = [kind if fills else Kind.FIXED for kind, fills in zip(kinds, filled, strict=True)]
        filled_sizes = [tensor[0].numel() for tensor, fills in zip(leaves(start), filled, strict=True) if fills]
        self.maps = nn.ModuleList(nn.Linear(embedding_size, size) for size in filled_sizes)

    @property
    def summary_size(self) -> int:
        return self.embedding_size

    def source(self, batch: Described) -> PerSource:
        return PerSource((self.input_dropout(self.read(batch.features_BF).tanh()),))

    def first(self, source: PerSource) -> State:
        start = super().first(source)
        c_BE, dtype, maps = leaf(source[0]), self.output_bias.dtype, iter(self.maps)
        tensors = [
            tensor if kind is Kind.FIXED else _squashed(next(maps)(c_BE).to(dtype), kind).reshape(tensor.shape)
            for kind, tensor in zip(self.kinds, leaves(start), strict=True)
        ]
        return rebuilt(start, iter(tensors))

    def beside(self, x: Tensor, source: PerSource) -> Tensor:
        if not self.every_step:
            return x
        c_BE = leaf(source[0]).to(x.dtype)
        if x.dim() == 3:
            return torch.cat([x, c_BE.unsqueeze(1).expand(-1, x.size(1), -1)], 2)
        return torch.cat([x, c_BE.repeat_interleave(len(x) // len(c_BE), 0)], 1)


def _squashed(flat_BN: Tensor, kind: Kind) -> Tensor:
    return flat_BN.tanh() if kind is Kind.OUTPUT else flat_BN
