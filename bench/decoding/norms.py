"""Length norms: what log P is divided by, so that a longer hypothesis is not worse for being longer.

    power   L^alpha                       alpha 1 is the mean log-probability of a symbol
    gnmt    (5 + L)^alpha / (5 + 1)^alpha (Wu et al. 2016, arXiv:1609.08144, equation 14, without its coverage term)

L counts the tokens and END, so it is at least 1. Both are 1 at alpha 0 and never fall as L grows, which the exact stopping
of the beam relies on. They are no reward a word, and no model of length.
"""

from collections.abc import Callable

from torch import Tensor


def power(length: Tensor, alpha: float) -> Tensor:
    return length.double() ** alpha


def gnmt(length: Tensor, alpha: float) -> Tensor:
    return ((5.0 + length.double()) / 6.0) ** alpha


NORMS: dict[str, Callable[[Tensor, float], Tensor]] = {"power": power, "gnmt": gnmt}
