"""Temporal order: in which order two signals came, long before the end (Hochreiter and Schmidhuber 1997,
doi 10.1162/neco.1997.9.8.1735, section 5.6, task 6a).

A sequence is noise of four symbols, but for two steps: one of the second tenth and one of the sixth, each X or Y. The class is
which two, XX, XY, YX or YY. `data.length` is the number of steps; from the second signal to the end are about half of them.
"""

import torch

from bench.data.batches.sequences import WholeBatch

from .synthetic_classification import OneAnswer

NOISE = 4  # symbols; X and Y have the next two numbers


class TemporalOrder(OneAnswer):
    """Four classes."""

    tokens = NOISE + 2
    classes = 4
    shortest = 10

    def draw(self, rows: int, length: int, generator: torch.Generator) -> WholeBatch:
        inputs_BT = torch.randint(NOISE, (rows, length), generator=generator)
        signals_B2 = torch.randint(2, (rows, 2), generator=generator)
        places_B2 = torch.stack(
            [torch.randint(length * tenth // 10, length * (tenth + 1) // 10, (rows,), generator=generator) for tenth in (1, 5)],
            1,
        )
        inputs_BT.scatter_(1, places_B2, NOISE + signals_B2)
        return WholeBatch(inputs_BT, 2 * signals_B2[:, 0] + signals_B2[:, 1], None, rows)
