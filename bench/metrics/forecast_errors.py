"""Errors of forecasts: mean absolute, root mean squared, and mean absolute scaled error.

MASE (Hyndman and Koehler 2006, doi 10.1016/j.ijforecast.2006.03.001) divides each absolute error by the mean absolute error
that the naive forecast one season back makes within the training steps of the same column: it has no unit, and columns of
any size count alike.
"""

from math import sqrt

from torch import Tensor

from bench.metrics.metric import Counts, Metric


def naive_scale(values_TC: Tensor, season: int) -> Tensor:
    """[C]: the mean absolute difference of steps that are one season apart."""
    return (values_TC[season:] - values_TC[:-season]).abs().mean(0)


def error_counts(forecast_BKC: Tensor, truth_BKC: Tensor, scale_C: Tensor, prefix: str) -> Counts:
    """Sums over all predicted numbers."""
    error_BKC = (forecast_BKC - truth_BKC).abs()
    sums = {"absolute": error_BKC, "squared": error_BKC.square(), "scaled": error_BKC / scale_C}
    return {f"{prefix}{name}": float(value.sum()) for name, value in sums.items()}


def error_metrics(counts: Counts, count: float, prefix: str, better: str) -> dict[str, Metric]:
    """mae, rmse and mase from the sums with this prefix."""
    mean = {name: counts[f"{prefix}{name}"] / count for name in ("absolute", "squared", "scaled")}
    values = {"mae": mean["absolute"], "rmse": sqrt(mean["squared"]), "mase": mean["scaled"]}
    return {name: Metric(value, "", better, int(count)) for name, value in values.items()}
