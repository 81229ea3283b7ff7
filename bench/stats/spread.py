"""How far apart two seeds of one configuration come out: what a comparison of single runs is worth.

(As in Reimers and Gurevych 2017, arXiv:1707.09861, table 2.) Every pair of the runs counts once.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import median, quantiles
from typing import NamedTuple

MANY = 10
"""Runs from which on their pairs are worth a sentence."""
SHARE = 95


class Apart(NamedTuple):
    """Differences without their sign: the middle one, that which `SHARE` of 100 pairs do not exceed, the largest one."""

    median: float
    usual: float
    largest: float


def apart(values: Sequence[float]) -> Apart:
    """Over all pairs of at least three finite values, in their unit."""
    differences = [abs(one - other) for one, other in combinations(values, 2)]
    return Apart(median(differences), quantiles(differences, n=100, method="inclusive")[SHARE - 1], max(differences))
