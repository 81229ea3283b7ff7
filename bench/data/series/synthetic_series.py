"""A series that is drawn by a rule, and needs no file: growth, a yearly season, noise that fades.

    v_t = 100 exp(0.005 t + 0.2 sin(2 pi t / 12) + n_t)      n_t = 0.8 n_(t-1) + 0.03 e_t      t = 0 .. 599

e_t is the sum of twelve uniform numbers less 6 (deviation 1), drawn by Python's generator from seed 0. Values have three
decimals.
"""

import math
import random

STEPS, SEASON = 600, 12


def growing_seasons() -> tuple[dict[str, str], str]:
    """(the series as a CSV text, the version of the rule)."""
    draw = random.Random(0).random
    noise, lines = 0.0, ["step,value"]
    for step in range(STEPS):
        noise = 0.8 * noise + 0.03 * (sum(draw() for _ in range(12)) - 6)
        value = 100 * math.exp(0.005 * step + 0.2 * math.sin(2 * math.pi * step / SEASON) + noise)
        lines.append(f"{step},{value:.3f}")
    return {"all": "\n".join(lines) + "\n"}, "rule 1"
