"""Statistical forecasters against statsmodels' own forecasts of cut series, and through the task."""

import sys
import warnings
from functools import partialmethod

import numpy as np
import pytest
import torch
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from bench.baselines.arima import Arima
from bench.baselines.exponential_smoothing import ExponentialSmoothing
from bench.config.factory import make_net, make_task
from bench.errors import Refusal
from bench.nets.pooled import Ends
from bench.task import evaluate

HORIZON, TRAINED = 3, 90
warnings.simplefilter("ignore")


def seasons(steps=120, seed=0):
    draw = np.random.default_rng(seed)
    time = np.arange(steps)
    return 0.02 * time + np.sin(2 * np.pi * time / 6) + 0.1 * draw.standard_normal(steps).cumsum()


class Steps:
    """A batch of some origins of one series."""

    def __init__(self, series_T, origins):
        self.series_TC = torch.tensor(np.asarray(series_T), dtype=torch.float64)[:, None]
        self.origins_B = torch.tensor(list(origins))
        self.targets_B = self.series_TC[self.origins_B[:, None] + torch.arange(HORIZON), 0]


def ends(season):
    return Ends(inputs=1, outputs=HORIZON, tokens=False, numbers=True, season=season)


def arima(seasonal=(0, 1, 1), season=6):
    return Arima(make_stack=None, ends=ends(season), order=[1, 1, 1], seasonal_order=seasonal, fitted_steps=10**6)


def smoothing(season=6, damped=True):
    return ExponentialSmoothing(make_stack=None, ends=ends(season), damped=damped)


def fitted(net, series_T):
    net.fit([Steps(series_T, range(20, TRAINED - HORIZON + 1))])
    return net


@pytest.mark.parametrize("seasonal", [(0, 1, 1), None])
def test_arima_forecasts_as_statsmodels_does_from_the_series_up_to_the_origin(seasonal):
    series_T = seasons()
    net = fitted(arima(seasonal), series_T)
    forecasts = net.answers(Steps(series_T, [95, 110]))
    part = (*seasonal, 6) if seasonal else (0, 0, 0, 0)
    for row, origin in zip(forecasts, (95, 110), strict=True):
        model = SARIMAX(series_T[:origin], order=(1, 1, 1), seasonal_order=part)
        expected = model.filter(net.estimates_CE[0].numpy()).forecast(HORIZON)
        assert row.numpy() == pytest.approx(expected, rel=1e-5)


def test_arima_estimates_what_statsmodels_estimates_from_the_training_steps_alone():
    series_T = seasons()
    net = fitted(arima(), series_T)
    expected = SARIMAX(series_T[:TRAINED], order=(1, 1, 1), seasonal_order=(0, 1, 1, 6)).fit(disp=False).params
    assert net.estimates_CE[0].numpy() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("season", [6, 1])
@pytest.mark.parametrize("damped", [True, False])
def test_smoothing_forecasts_as_statsmodels_does(season, damped):
    series_T = seasons()
    net = fitted(smoothing(season, damped), series_T)
    form = {"error": "add", "trend": "add", "damped_trend": damped}
    form |= {"seasonal": "add", "seasonal_periods": season} if season > 1 else {}
    start = ETSModel(series_T[:TRAINED], initialization_method="heuristic", **form)
    initial = {"initial_level": start.initial_level, "initial_trend": start.initial_trend}
    initial |= {"initial_seasonal": start.initial_seasonal} if season > 1 else {}
    for origin in (95, 110):
        model = ETSModel(series_T[:origin], initialization_method="known", **form, **initial)
        expected = model.smooth(net.estimates_CE[0].numpy()).forecast(HORIZON)
        assert net.answers(Steps(series_T, [origin]))[0].numpy() == pytest.approx(np.asarray(expected), rel=1e-5)


@pytest.mark.parametrize("net", [arima(), smoothing()], ids=["arima", "smoothing"])
def test_what_comes_after_an_origin_changes_nothing_of_its_forecast(net):
    series_T, later_T = seasons(), seasons()
    later_T[100:] += 50
    fitted(net, series_T)
    assert torch.equal(net.answers(Steps(series_T, [100])), net.answers(Steps(later_T, [100, 110]))[:1])


def test_of_a_random_walk_arima_is_the_naive_forecast(compose, tmp_path):
    draw = np.random.default_rng(3)
    (tmp_path / "walk.csv").write_text("value\n" + "\n".join(map(str, (50 + draw.standard_normal(80).cumsum()).round(3))))
    words = ["task=forecasting", "data=series", f"data.path={tmp_path / 'walk.csv'}", "model=arima", "net.order=[0,1,0]"]
    config = compose(*words, "task.window=5", "task.horizon=2")
    task = make_task(config)
    net = make_net(config, task)
    net.fit(list(task.train_loader(8, 0)))
    scores = evaluate(task, net, task.score_loader("test"))
    reference = evaluate(task, _LastValue(), task.score_loader("test"))
    assert scores["mae"].value == pytest.approx(reference["mae"].value, rel=1e-5)


class _LastValue(torch.nn.Module):
    """The last value that a window has, for every step."""

    def __init__(self):
        super().__init__()
        self.some = torch.nn.Parameter(torch.zeros(1))

    def answers(self, batch):
        return batch.inputs_BT[:, -1:, 0].repeat(1, 2)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["model=arima", "task.recursive=true"], "task.recursive=true is refused with a net that forecasts levels"),
        (["model=exponential_smoothing", "task.difference=true"], "task.difference=true is refused with a net that"),
        (["model=arima", "net.order=[1,1]"], r"net.order=\[1, 1\] is refused: give three whole numbers"),
        (["model=arima", "net.seasonal_order=[0,1,1]", "data.season=1"], "does not fit data.season=1, which must be 2 to"),
        (["model=arima", "net.fitted_steps=0"], "net.fitted_steps=0 is out of range"),
    ],
)
def test_what_a_forecaster_cannot_do_is_one_sentence(compose, words, sentence):
    with pytest.raises(Refusal, match=sentence):
        config = compose("task=forecasting", *words)
        make_net(config, make_task(config))


def test_without_its_package_a_forecaster_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    with pytest.raises(Refusal, match=r"install recurrent-bench\[forecasting\]"):
        smoothing()


def test_too_few_steps_are_one_sentence():
    with pytest.raises(Refusal, match=r"needs 16 steps of training for data\.season=6, and there are 8"):
        smoothing().fit([Steps(seasons(12), range(3, 6))])


def test_an_estimate_that_did_not_converge_is_told(monkeypatch):
    monkeypatch.setattr(ETSModel, "fit", partialmethod(ETSModel.fit, maxiter=1))
    with pytest.warns(UserWarning, match="the estimates of 1 of 1 series did not converge"):
        fitted(smoothing(), seasons())
