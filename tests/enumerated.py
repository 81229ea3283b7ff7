"""All tag sequences of a short linear chain with their scores: the definition, against which algorithms are held."""

from itertools import pairwise

import torch


def chain(lengths, tags, dtype=torch.float64, scale=1.0):
    """(emissions_BTK with nan in the padding, lengths_B, (start_K, end_K, matrix_KK)), normally distributed."""
    emissions_BTK = scale * torch.randn(len(lengths), max(lengths), tags, dtype=dtype)
    for row_TK, length in zip(emissions_BTK, lengths, strict=True):
        row_TK[length:] = torch.nan
    shapes = ((tags,), (tags,), (tags, tags))
    return emissions_BTK, torch.tensor(lengths), [scale * torch.randn(shape, dtype=dtype) for shape in shapes]


def forbid(transitions, value=-torch.inf):
    """Tag 2 may not begin, tag 0 not end, and 2 may follow 1 and 2 alone: as I-X after B-X in IOB2."""
    start_K, end_K, matrix_KK = (part.clone() for part in transitions)
    start_K[2] = end_K[0] = matrix_KK[0, 2] = matrix_KK[3:, 2] = value
    return [start_K, end_K, matrix_KK]


def score(emission_LK, tag_L, transitions):
    start_K, end_K, matrix_KK = transitions
    words = sum(emission_K[tag] for emission_K, tag in zip(emission_LK, tag_L, strict=True))
    moves = sum(matrix_KK[before, after] for before, after in pairwise(tag_L))
    return start_K[tag_L[0]] + words + moves + end_K[tag_L[-1]]


def everything(emission_LK, transitions):
    """(paths, score_P) of every sequence."""
    tags = range(emission_LK.size(1))
    paths = [
        tuple(path)
        for path in torch.cartesian_prod(*[torch.tensor(tags)] * len(emission_LK)).view(-1, len(emission_LK)).tolist()
    ]
    return paths, torch.stack([score(emission_LK, path, transitions) for path in paths])


def rows(emissions_BTK, lengths_B):
    """The valid part of each sentence."""
    return [row_TK[:length] for row_TK, length in zip(emissions_BTK, lengths_B.tolist(), strict=True)]


def log_z(emissions_BTK, lengths_B, transitions):
    """log_z_B, differentiable."""
    return torch.stack([everything(row_LK, transitions)[1].logsumexp(0) for row_LK in rows(emissions_BTK, lengths_B)])
