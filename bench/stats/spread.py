"""How far apart two seeds of one configuration come out: what a comparison of single runs is worth.

(As in Reimers and Gurevych 2017, arXiv:1707.09861, table 2.) Every pair of the runs counts once.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

MANY = 10
"""Runs from which on their pairs are worth a sentence."""
SHARE = 95


class Apart(NamedTuple):
    """Differences without their sign: the middle one, that which `SHARE` of 100 pairs do not exceed, the largest one."""

    median: float
    usual: float
    largest: float


def apart(values: Sequence[float]) -> Apart:
    """Over all pairs of at least two finite values, in their unit."""
    differences = [abs(one - other) for one, other in combinations(values, 2)]
    median, usual, largest = np.percentile(differences, [50, SHARE, 100])
    return Apart(float(median), float(usual), float(largest))
