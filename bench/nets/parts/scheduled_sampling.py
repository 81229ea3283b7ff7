"""Scheduled sampling: how often a decoder in training reads its own symbol in place of the true one.

At progress p (0 at the first step of the training, 1 at its end) each symbol is, by itself, the model's own with probability
ratio x s(p), else the true one (Bengio et al. 2015, arXiv:1506.03099, section 2.4, whose epsilon is 1 minus this):

    constant          s = 1
    linear            s = p
    exponential       s = (1 - k^p) / (1 - k)                      k = 0.01: most of the rise comes early
    inverse_sigmoid   s = sigma(k (2p - 1)), k = 6: slow, then steep about the middle, then slow

The own symbol is drawn from the model's distribution. Ratio 0 is teacher forcing, by the same code path as without.
"""

from dataclasses import dataclass
from math import exp

from bench.cells.ranges import fraction, one_of
from bench.settings import Nested

SCHEDULES = ("constant", "linear", "exponential", "inverse_sigmoid")
DECAY = 0.01
STEEPNESS = 6.0


@dataclass(frozen=True)
class ScheduledSampling(Nested):
    """`ratio`: the share of own symbols that the schedule ends with."""

    schedule: str
    ratio: float

    def __post_init__(self) -> None:
        one_of("net.sampling.schedule", self.schedule, SCHEDULES)
        fraction("net.sampling.ratio", self.ratio)

    def at(self, progress: float) -> float:
        """The probability of an own symbol when a share `progress` of the training is done."""
        shape: dict[str, float] = {
            "constant": 1.0,
            "linear": progress,
            "exponential": (1 - DECAY**progress) / (1 - DECAY),
            "inverse_sigmoid": 1 / (1 + exp(-STEEPNESS * (2 * progress - 1))),
        }
        return self.ratio * shape[self.schedule]
