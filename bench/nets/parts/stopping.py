"""How a generated sequence ends: three ways to give a probability to "the sequence is over".

    end_symbol        one more symbol of the softmax                               p(END) = softmax(z)_END
    halting_unit      a logistic unit beside a softmax over words alone            p(END) = sigma(u . o + b),
                                                                                   p(w) = (1 - p(END)) softmax(z)_w
    predicted_length  the length is drawn first, from the source; what is left     p(L | source), then p(END) = 1 where
                      of it is fed at every step                                   nothing is left, else 0

(Goodfellow et al. 2016, Deep Learning, section 10.2.3, names the three.) Each is a proper distribution over sequences, with
log p(L) booked on the symbol END, so perplexities compare and every decoder works with each unchanged. The loss at a position
is that of the chosen symbol; END is the last one of every target.

Axes: M positions (valid ones of a batch, flat), N rows being decoded, R readout, V vocabulary with END in it.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one, one_of
from bench.nets.parts.output_layer import linear_cross_entropy
from bench.settings import Settings

Length = tuple[Tensor, Tensor]
"""(remaining_N, log_prob_N): how many symbols of a row are still to come, and log p of the length that was chosen for it."""

RULES = ("end_symbol", "halting_unit", "predicted_length")
Layer = tuple[Tensor, Tensor]
"""(weight_VR, bias_V) of the output layer."""


class Stopping(Protocol):
    """`loss` while training and scoring, `log_prob` while decoding."""

    def loss(self, readout_MR: Tensor, layer: Layer, target_M: Tensor, *, smoothing: float) -> Tensor:
        """Sum of -log p(target) in nats, float32; `smoothing` spreads that share of each word's target over all words."""

    def log_prob(self, readout_NR: Tensor, layer: Layer, length: Length | None) -> Tensor:
        """log_prob_NV in float32."""


class EndSymbol(nn.Module):
    """END is a symbol like any other."""

    def loss(self, readout_MR: Tensor, layer: Layer, target_M: Tensor, *, smoothing: float) -> Tensor:
        return linear_cross_entropy(readout_MR, *layer, target_M, smoothing=smoothing)

    def log_prob(self, readout_NR: Tensor, layer: Layer, length: Length | None) -> Tensor:
        return F.linear(readout_NR, *layer).float().log_softmax(1)


class HaltingUnit(nn.Module):
    def __init__(self, readout_size: int, end: int) -> None:
        super().__init__()
        self.end = end
        self.unit = nn.Linear(readout_size, 1)
        nn.init.zeros_(self.unit.bias)

    def loss(self, readout_MR: Tensor, layer: Layer, target_M: Tensor, *, smoothing: float) -> Tensor:
        halt_M = self.unit(readout_MR).squeeze(1).float()
        word_M = target_M != self.end
        halt_loss = F.binary_cross_entropy_with_logits(halt_M, (~word_M).float(), reduction="sum")
        words = readout_MR[word_M], *layer, target_M[word_M]
        return halt_loss + linear_cross_entropy(*words, smoothing=smoothing, without=self.end)

    def log_prob(self, readout_NR: Tensor, layer: Layer, length: Length | None) -> Tensor:
        halt_N1 = self.unit(readout_NR).float()
        log_prob_NV = _words(readout_NR, layer, self.end) + F.logsigmoid(-halt_N1)
        log_prob_NV[:, self.end] = F.logsigmoid(halt_N1).squeeze(1)
        return log_prob_NV


class PredictedLength(nn.Module):
    """Lengths up to `longest`; a longer target has no probability, and is refused before (`bench.jobs.job`).

    `choose` gives the most probable length of a source, `draw` one by chance. `embed` is added to the embedding that the
    decoder reads.
    """

    def __init__(self, summary_size: int, embedding_size: int, *, longest: int, end: int) -> None:
        super().__init__()
        self.end, self.longest = end, at_least_one("net.longest", longest)
        self.predict = nn.Linear(summary_size, longest + 1)
        self.remaining = nn.Embedding(longest + 1, embedding_size)
        nn.init.normal_(self.remaining.weight, 0.0, 0.1)

    def embed(self, remaining: Tensor) -> Tensor:
        """Of the numbers of symbols still to come, any shape."""
        embedded: Tensor = self.remaining(remaining.clamp(0, self.longest))
        return embedded

    def choose(self, summary_BE: Tensor) -> Length:
        best = self.predict(summary_BE).float().log_softmax(1).max(1)
        return best.indices, best.values

    def draw(self, summary_BE: Tensor, generator: torch.Generator) -> Length:
        log_prob_BL = self.predict(summary_BE).float().log_softmax(1)
        length_B1 = torch.multinomial(log_prob_BL.exp(), 1, generator=generator)
        return length_B1.squeeze(1), log_prob_BL.gather(1, length_B1).squeeze(1)

    def length_loss(self, summary_BE: Tensor, lengths_B: Tensor) -> Tensor:
        """Sum of -log p(L) over the sources; `lengths_B` counts symbols without END."""
        logits_BL = self.predict(summary_BE).float()
        return F.cross_entropy(logits_BL, lengths_B, reduction="sum")

    def loss(self, readout_MR: Tensor, layer: Layer, target_M: Tensor, *, smoothing: float) -> Tensor:
        word_M = target_M != self.end
        words = readout_MR[word_M], *layer, target_M[word_M]
        return linear_cross_entropy(*words, smoothing=smoothing, without=self.end)

    def log_prob(self, readout_NR: Tensor, layer: Layer, length: Length | None) -> Tensor:
        assert length is not None
        remaining_N, log_prob_N = length
        log_prob_NV = _words(readout_NR, layer, self.end)
        log_prob_NV[remaining_N == 0] = -torch.inf
        log_prob_NV[:, self.end] = torch.where(remaining_N == 0, log_prob_N, -torch.inf)
        return log_prob_NV


@dataclass(frozen=True)
class StoppingRule(Settings):
    """`stop` names the rule; `longest` is the longest text that a predicted length can have."""

    stop: str
    longest: int

    def __post_init__(self) -> None:
        one_of("net.stop", self.stop, RULES)

    def stopping(self, *, readout_size: int, summary_size: int, embedding_size: int, end: int) -> Stopping:
        """The rule for a readout R, for symbols of `embedding_size` and for sources of `summary_size`."""
        if self.stop == "end_symbol":
            return EndSymbol()
        if self.stop == "halting_unit":
            return HaltingUnit(readout_size, end)
        return PredictedLength(summary_size, embedding_size, longest=self.longest, end=end)

    @property
    def longest_text(self) -> int | None:
        """How many symbols a text may have; None: any number."""
        return self.longest if self.stop == "predicted_length" else None


def _words(readout_NR: Tensor, layer: Layer, end: int) -> Tensor:
    """Log-probabilities among the words alone; -inf for END."""
    logits_NV = F.linear(readout_NR, *layer).float()
    logits_NV[:, end] = -torch.inf
    return logits_NV.log_softmax(1)
