"""Words over a group of permutations: which one it makes to do those of the word one after another (Merrill et al. 2024,
arXiv:2404.08819).

Symbols and answers are the permutations of the group, numbered in lexicographic order. S3 is all six of three things; A5, the
sixty even ones of five, is the smallest group that is not solvable.
"""

from itertools import combinations, permutations

import torch
from torch import Tensor

from .tracking_problems import Problem

Permutation = tuple[int, ...]  # thing k goes to place p[k]


class GroupWord(Problem):
    """Of a group given by its permutations."""

    group: tuple[Permutation, ...]

    def answers(self, inputs_BT: Tensor) -> Tensor:
        after = _products(self.group)
        answers = [inputs_BT[:, 0]]
        for symbol_B in inputs_BT[:, 1:].unbind(1):
            answers.append(after[answers[-1], symbol_B])
        return torch.stack(answers, 1)


class S3(GroupWord):
    """Six permutations of three things."""

    name = "s3"
    group = tuple(permutations(range(3)))
    tokens = classes = 6


class A5(GroupWord):
    """The sixty even permutations of five things."""

    name = "a5"
    group = tuple(
        arrangement
        for arrangement in permutations(range(5))
        if sum(early > late for early, late in combinations(arrangement, 2)) % 2 == 0
    )
    tokens = classes = 60


def _products(group: tuple[Permutation, ...]) -> Tensor:
    """[p, q]: the number of what p and then q make."""
    numbers = {permutation: number for number, permutation in enumerate(group)}
    return torch.tensor([[numbers[tuple(second[place] for place in first)] for second in group] for first in group])
