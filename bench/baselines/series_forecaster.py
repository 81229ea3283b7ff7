"""Statistical forecasters as nets: fitted once to the training steps of each series, then asked as any other.

A forecast from an origin has read every step before it, and not a window alone; what was fitted stays as it is.
"""

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bench.cells.state import State
from bench.errors import Refusal
from bench.nets.pooled import Ends
from bench.nets.roles import Answers
from bench.nets.topology import Topology

Numbers = NDArray[np.float64]
Result = TypeVar("Result")


class SeriesBatch(Protocol):
    """`series_TC`: every step of the series that are forecast; `origins_B`: the first predicted step of each row; `targets_B`:
    the numbers there [B, horizon x C]."""

    @property
    def series_TC(self) -> Tensor: ...
    @property
    def origins_B(self) -> Tensor: ...
    @property
    def targets_B(self) -> Tensor: ...


class SeriesForecaster(Answers[SeriesBatch]):
    """Base: a method fits one series at a time, and has `estimates` numbers for each once it has.

    No stack is used. Raises Refusal without the package statsmodels.
    """

    topologies = frozenset({Topology.FORECAST})
    whole_series = True

    def __init__(self, *, ends: Ends, estimates: int) -> None:
        super().__init__()
        try:
            import statsmodels  # noqa: F401
        except ImportError as error:
            raise Refusal(
                f"net.name={self.name} needs the package statsmodels, which is not installed: install "
                "recurrent-bench[forecasting]."
            ) from error
        self.outputs, self.season, self.estimates = ends.outputs, ends.season, estimates
        self.register_buffer("trained", torch.tensor(0))
        self.estimates_CE = nn.Parameter(torch.zeros(0, estimates, dtype=torch.float64), requires_grad=False)

    trained: Tensor
    name = ""

    def fit_series(self, series_T: Numbers) -> tuple[Numbers, bool]:
        """(the estimates [E] of a series, whether the search for them came to its end)."""
        raise NotImplementedError

    def forecasts(self, series_T: Numbers, estimates_E: Numbers, horizon: int) -> Numbers:
        """[T + 1, horizon]: from each step t on, of what lies before it."""
        raise NotImplementedError

    def fit(self, batches: Iterable[SeriesBatch]) -> None:
        """Fits the steps from the first of the series to the last that these batches have for a target."""
        last, series_TC = 0, torch.zeros(0, 0)
        for batch in batches:
            series_TC = batch.series_TC
            last = max(last, int(batch.origins_B.max()) + self.outputs // series_TC.size(1))
        self.trained = torch.tensor(last)
        fitted = [self._quiet(self.fit_series, series_T) for series_T in _columns(series_TC[:last])]
        if unfinished := sum(not ended for _, ended in fitted):
            warnings.warn(
                f"net.name={self.name}: the estimates of {unfinished} of {len(fitted)} series did not converge, and are used "
                "as they are.",
                stacklevel=2,
            )
        rows = [rounded(estimates_E) for estimates_E, _ in fitted]
        self.estimates_CE = nn.Parameter(torch.tensor(rows, dtype=torch.float64), requires_grad=False)

    def answers(self, batch: SeriesBatch) -> Tensor:
        if not len(self.estimates_CE):
            raise ValueError("the forecaster has fitted nothing; call fit, or load the state of one that has.")
        origins, columns = batch.origins_B.numpy(), _columns(batch.series_TC)
        known_steps, horizon = origins.max(), self.outputs // len(columns)
        forecasts_BKC = np.stack(
            [
                self._quiet(self.forecasts, series_T[:known_steps], estimates_E, horizon)[origins]
                for series_T, estimates_E in zip(columns, self.estimates_CE.cpu().numpy(), strict=True)
            ],
            axis=2,
        )
        return torch.from_numpy(forecasts_BKC).flatten(1).to(self.estimates_CE.device, torch.float32)

    def loss(self, batch: SeriesBatch, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((the sum of squared errors, how many there are), ())."""
        targets_B = batch.targets_B
        return ((self.answers(batch) - targets_B).square().sum(), torch.tensor(targets_B.numel(), device=targets_B.device)), ()

    def start_part(self, series_T: Numbers) -> Numbers:
        """As many steps as were fitted: what a method guesses its first state from."""
        return series_T[: int(self.trained)] if self.trained else series_T

    @staticmethod
    def _quiet(method: Callable[..., Result], *arguments: Any) -> Result:
        """Without what statsmodels warns of on the way to an estimate, such as a start that it has changed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return method(*arguments)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        """Takes on the number of series before torch compares it."""
        if (key := f"{prefix}estimates_CE") in state_dict:
            self.estimates_CE = nn.Parameter(torch.empty_like(state_dict[key]), requires_grad=False)
        super()._load_from_state_dict(state_dict, prefix, *rest)  # type: ignore[no-untyped-call]


def rounded(estimates_E: Numbers) -> list[float]:
    """To four digits: the search for an estimate ends a little elsewhere on another processor, and its forecasts should not."""
    return [float(f"{estimate:.4g}") for estimate in estimates_E]


def _columns(series_TC: Tensor) -> list[Numbers]:
    return [series_T.double().cpu().numpy() for series_T in series_TC.T]
