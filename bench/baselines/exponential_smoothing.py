"""Exponential smoothing with a damped trend and, where there is a season, an additive one: ETS(A, Ad, A) and ETS(A, Ad, N) of
Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, chapter 8.

    e_t = y_t - (l_(t-1) + phi b_(t-1) + s_(t-m))
    l_t = l_(t-1) + phi b_(t-1) + alpha e_t     b_t = phi b_(t-1) + beta e_t     s_t = s_(t-m) + gamma e_t
    y_(t+h) = l_t + (phi + .. + phi^h) b_t + s_(t+h-m), of the last season known

statsmodels estimates alpha, beta, gamma and phi by maximum likelihood, and guesses the first state from the first seasons.
"""

from typing import Any

import numpy as np

from bench.baselines.series_forecaster import Numbers, SeriesForecaster
from bench.errors import Refusal
from bench.nets.pooled import Ends

LEAST = 10  # steps beside a season that the guess of the first state takes


class ExponentialSmoothing(SeriesForecaster):
    """`damped`: the trend fades by phi a step; else it goes on, and phi is 1."""

    name = "exponential_smoothing"

    def __init__(self, *, make_stack: Any, ends: Ends, damped: bool) -> None:
        super().__init__(ends=ends, estimates=2 + (ends.season > 1) + damped)
        self.damped = damped

    def _model(self, series_T: Numbers) -> Any:
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        season = {"seasonal": "add", "seasonal_periods": self.season} if self.season > 1 else {}
        return ETSModel(
            series_T, error="add", trend="add", damped_trend=self.damped, initialization_method="heuristic", **season
        )

    def fit_series(self, series_T: Numbers) -> tuple[Numbers, bool]:
        least = LEAST + 2 * (self.season // 2) if self.season > 1 else LEAST
        if len(series_T) < least:
            raise Refusal(
                f"net.name={self.name} needs {least} steps of training for data.season={self.season}, and there are "
                f"{len(series_T)}: give a longer series, or data.season=1."
            )
        results = self._model(series_T).fit(disp=False)
        return np.asarray(results.params, dtype=np.float64), bool(results.mle_retvals["converged"])

    def forecasts(self, series_T: Numbers, estimates_E: Numbers, horizon: int) -> Numbers:
        alpha, beta, *others = estimates_E
        gamma = others.pop(0) if self.season > 1 else 0.0
        phi = others.pop(0) if self.damped else 1.0
        start = self._model(self.start_part(series_T))
        level, trend = start.initial_level, start.initial_trend
        season = list(start.initial_seasonal) if self.season > 1 else [0.0]  # the one that is next comes first
        ahead = np.cumsum(phi ** np.arange(1, horizon + 1))
        rows = np.empty((len(series_T) + 1, horizon))
        for step in range(len(series_T) + 1):
            rows[step] = level + ahead * trend + [season[offset % len(season)] for offset in range(horizon)]
            if step < len(series_T):
                due = season.pop(0)
                error = series_T[step] - (level + phi * trend + due)
                level, trend = level + phi * trend + alpha * error, phi * trend + beta * error
                season.append(due + gamma * error)
        return rows
