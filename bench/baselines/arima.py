"""Seasonal ARIMA(p, d, q)(P, D, Q)_m: Box and Jenkins, as statsmodels' state-space model estimates it by maximum likelihood.

    phi(B) Phi(B^m) (1 - B)^d (1 - B^m)^D y_t = theta(B) Theta(B^m) e_t          B y_t = y_(t-1)

The forecast of y_(t+h) is Z T^h a, of the state a that the Kalman filter predicts from all that lies before t.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.baselines.series_forecaster import Numbers, SeriesForecaster
from bench.errors import Refusal
from bench.nets.pooled import Ends

LONGEST_SEASON = 60  # the filter's work grows with the cube of the season


class Arima(SeriesForecaster):
    """`order` is (p, d, q); `seasonal_order` is (P, D, Q) of the data's season, None: no seasonal part. The estimate is made
    from the last `fitted_steps` steps of training; the filter goes through all."""

    name = "arima"

    def __init__(
        self, *, make_stack: Any, ends: Ends, order: Sequence[int], seasonal_order: Sequence[int] | None, fitted_steps: int
    ) -> None:
        self.order = _order("net.order", order)
        self.seasonal_order = (0, 0, 0) if seasonal_order is None else _order("net.seasonal_order", seasonal_order)
        seasonal = any(self.seasonal_order)
        if seasonal and not 1 < ends.season <= LONGEST_SEASON:
            raise Refusal(
                f"net.seasonal_order={list(self.seasonal_order)} does not fit data.season={ends.season}, which must be 2 to "
                f"{LONGEST_SEASON}: give net.seasonal_order=null, or another data.season."
            )
        p, _, q = self.order
        seasonal_p, _, seasonal_q = self.seasonal_order
        super().__init__(ends=ends, estimates=p + q + seasonal_p + seasonal_q + 1)
        if fitted_steps < 1:
            raise Refusal(f"net.fitted_steps={fitted_steps} is out of range: give a number of steps of at least 1.")
        self.fitted_steps = fitted_steps

    def _model(self, series_T: Numbers) -> Any:
        from statsmodels.tsa.statespace.sarimax import SARIMAX

        seasonal = (*self.seasonal_order, self.season) if any(self.seasonal_order) else (0, 0, 0, 0)
        return SARIMAX(series_T, order=self.order, seasonal_order=seasonal)

    def fit_series(self, series_T: Numbers) -> tuple[Numbers, bool]:
        needed = sum(self.order) + self.season * sum(self.seasonal_order)
        if len(series_T) <= needed:
            raise Refusal(
                f"net.order={list(self.order)} and net.seasonal_order need more than {needed} steps of training, and there are "
                f"{len(series_T)}: give lower orders, or a longer series."
            )
        results = self._model(series_T[-self.fitted_steps :]).fit(disp=False)
        return np.asarray(results.params, dtype=np.float64), bool(results.mle_retvals["converged"])

    def forecasts(self, series_T: Numbers, estimates_E: Numbers, horizon: int) -> Numbers:
        filtered = self._model(series_T).filter(estimates_E).filter_results
        reads_S, moves_SS = filtered.design[0, :, 0], filtered.transition[:, :, 0]
        state_ST, steps = filtered.predicted_state, []
        for _ in range(horizon):
            steps.append(reads_S @ state_ST)
            state_ST = moves_SS @ state_ST
        return np.stack(steps, axis=1)


def _order(key: str, order: Sequence[int]) -> tuple[int, int, int]:
    if len(order) != 3 or min(order) < 0:
        raise Refusal(f"{key}={list(order)} is refused: give three whole numbers of at least 0, such as [1,1,1].")
    p, d, q = order
    return p, d, q
