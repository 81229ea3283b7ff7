"""Positions as rotations (Su et al. 2021, arXiv:2104.09864, section 3.2.2).

    (a_i, a_{i + K/2})  turned by the angle  position * 10000^(-2 i / K)

The product of a turned query and a turned key depends on the distance between the two alone.
"""

import torch
from torch import Tensor

BASE = 10000.0


def turned(part_BASK: Tensor, first: int) -> Tensor:
    """Units i and i + K / 2 turned by their step, counted from `first`; of an odd K the last one stays."""
    half, exact = part_BASK.size(3) // 2, torch.promote_types(part_BASK.dtype, torch.float32)  # bfloat16 cannot count to 300
    rate_K = BASE ** (-torch.arange(half, device=part_BASK.device, dtype=exact) / max(half, 1))
    step_S1 = torch.arange(first, first + part_BASK.size(2), device=part_BASK.device, dtype=exact).unsqueeze(1)
    angle_SK = step_S1 * rate_K
    one, other, rest = torch.split(part_BASK, [half, half, part_BASK.size(3) - 2 * half], 3)
    cosine, sine = angle_SK.cos().to(part_BASK.dtype), angle_SK.sin().to(part_BASK.dtype)
    return torch.cat([one * cosine - other * sine, one * sine + other * cosine, rest], 3)
