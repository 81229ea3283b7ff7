"""Whether numbers vary at all, beyond what rounding makes of equal ones."""

from torch import Tensor

ROUNDING = 1e-12  # of the largest number: sums in float64 err by far less, and data that vary vary by more


def varies(size_C: Tensor, values_NC: Tensor) -> Tensor:
    """Bool [C]: whether each `size_C`, a deviation or a mean difference of each column in float64, is more than rounding."""
    return size_C > ROUNDING * values_NC.abs().amax(0)
