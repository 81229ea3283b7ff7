"""Forecasting: nothing of the future in scales and inputs, errors in the series' units, forecasts that learn nothing."""

import csv
import math
import random

import pytest
import torch
from torch import nn

from bench.config.factory import make_net, make_task
from bench.errors import DataError
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.task import evaluate

SPLIT = "data.split={train: 40, validation: 10, test: 12}"
REAL = ("airline_passengers", "minimum_temperatures", "sunspots", "exchange_rate", "etth1", "apple_stock")


@pytest.fixture
def make_forecasting(compose, tmp_path):
    """make_forecasting(values_TC, *overrides) -> the task over these numbers."""

    def make(values_TC, *overrides):
        path = tmp_path / f"series-{len(list(tmp_path.iterdir()))}.csv"  # data of one path are read once
        names = "abc"[: len(values_TC[0])]
        path.write_text("\n".join(",".join(map(str, row)) for row in [names, *values_TC]) + "\n")
        small = ("data=series", f"data.path={path}", SPLIT, "task.window=5", "stack.hidden_size=4", "cell=gru")
        predicted = [f"data.predicted=[{','.join(names)}]"] if len(names) > 1 else []
        config = compose("task=forecasting", *small, *predicted, *overrides)
        return config, make_task(config)

    return make


def walk(columns=1, seed=0):
    draw = random.Random(seed)
    values = [[50 * 10**column] * columns for column in range(1)]
    for _ in range(61):
        values.append([value * math.exp(draw.gauss(0.01, 0.05)) for value in values[-1]])
    return values


class Fixed(nn.Module):
    """Answers with what `rule(batch)` gives."""

    def __init__(self, rule):
        super().__init__()
        self.rule = rule
        self.nothing = nn.Parameter(torch.zeros(1))

    def answers(self, batch):
        return self.rule(batch)


def test_a_changed_test_part_changes_no_scale_and_no_training_window(make_forecasting):
    values = walk(2)
    later = [*values[:40], *([1000 * a, b + 7] for a, b in values[40:])]
    for difference in ("true", "false"):
        (_, first), (_, other) = (make_forecasting(v, f"task.difference={difference}") for v in (values, later))
        assert torch.equal(first.scaled.mean_C, other.scaled.mean_C)
        assert torch.equal(first.scaled.deviation_C, other.scaled.deviation_C)
        assert torch.equal(first.scale_C, other.scale_C)
        for mine, theirs in zip(first.train_loader(8, 0), other.train_loader(8, 0), strict=True):
            assert torch.equal(mine.inputs_BT, theirs.inputs_BT) and torch.equal(mine.targets_B, theirs.targets_B)
        assert not torch.equal(
            next(iter(first.score_loader("test"))).inputs_BT, next(iter(other.score_loader("test"))).inputs_BT
        )


@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_read_the_split_before_and_predict_their_own(make_forecasting, horizon):
    values = [[float(step)] for step in range(62)]
    _, task = make_forecasting(values, f"task.horizon={horizon}")
    scaled_and_steps = (task.scaled.x_TC[:, 0], torch.arange(62))

    def steps(x):  # which steps these numbers are of
        return scaled_and_steps[1][torch.searchsorted(scaled_and_steps[0], x.contiguous())]

    predicted = {}
    for split, loader in {"train": task.train_loader(8, 0), **{s: task.score_loader(s) for s in task.splits()}}.items():
        predicted[split] = set()
        for batch in loader:
            input_steps, target_steps = steps(batch.inputs_BT[..., 0]), steps(batch.targets_B)
            assert input_steps.shape[1] == 5 and target_steps.shape[1] == horizon
            assert torch.equal(input_steps[:, -1] + 1, target_steps[:, 0]) and torch.equal(
                input_steps[:, 0] + 4, input_steps[:, -1]
            )
            predicted[split] |= set(target_steps.flatten().tolist())
    assert predicted == {"train": set(range(5, 40)), "validation": set(range(40, 50)), "test": set(range(50, 62))}


def test_an_epoch_has_every_window_in_an_order_of_its_own(make_forecasting):
    loader = make_forecasting(walk())[1].train_loader(8, 3)
    order, repeated_order = (torch.cat([batch.origins_B for batch in loader]) for _ in range(2))
    loader.set_epoch(1)
    other = torch.cat([batch.origins_B for batch in loader])
    assert torch.equal(order, repeated_order) and sorted(order.tolist()) == list(range(5, 40)) == sorted(other.tolist())
    assert order.tolist() != other.tolist() and len(loader) == 5


@pytest.mark.parametrize("log", ["true", "false"])
@pytest.mark.parametrize("difference", ["true", "false"])
def test_true_targets_have_no_error_in_the_series_own_units(make_forecasting, log, difference):
    overrides = (f"data.log={log}", f"task.difference={difference}", "task.horizon=3", "data.predicted=[b]")
    _, task = make_forecasting(walk(2), *overrides)
    metrics = evaluate(task, Fixed(lambda batch: batch.targets_B), task.score_loader("test"))
    assert metrics["mae"].value == pytest.approx(0, abs=1e-4) and metrics["skill"].value == pytest.approx(100, abs=0.01)
    assert metrics["mae"].count == 10 * 3
    if difference == "true":  # no change at all is the last value
        nothing = torch.stack([-task.scaled.mean_C / task.scaled.deviation_C] * 3)[:, [1]].float()
        metrics = evaluate(task, Fixed(lambda batch: nothing.flatten().expand_as(batch.targets_B)), task.score_loader("test"))
        assert metrics["mae"].value == pytest.approx(metrics["naive_mae"].value, rel=1e-5)
        assert metrics["skill"].value == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("difference", ["true", "false"])
def test_a_recursive_forecast_reads_what_it_has_predicted(make_forecasting, difference):
    _, task = make_forecasting(walk(2), "task.horizon=3", "task.recursive=true", f"task.difference={difference}")
    (batch, *_) = task.train_loader(8, 0)
    assert batch.targets_B.shape == (8, 2)
    for split in task.splits():
        for batch in task.score_loader(split):
            window, expected = batch.inputs_BT, []
            for _ in range(3):  # a rule in the net's place: the mean of the window's two last steps
                expected.append(window[:, -2:].mean(1))
                window = torch.cat([window, expected[-1][:, None]], 1)[:, 1:]
            forecast = task.forecast(Fixed(lambda batch: batch.inputs_BT[:, -2:].mean(1)), batch)
            assert torch.equal(forecast, task.scaled.values(torch.stack(expected, 1), batch.origins_B, [0, 1]))


def test_errors_and_references_are_those_of_the_definitions(make_forecasting):
    values = walk()
    series = [row[0] for row in values]
    _, task = make_forecasting(values, "data.season=4", "task.horizon=6")
    metrics = evaluate(task, Fixed(lambda batch: torch.zeros_like(batch.targets_B)), task.score_loader("test"))
    mean = sum(series[:40]) / 40  # what zeros are, scaled back
    scale = sum(abs(series[t] - series[t - 4]) for t in range(4, 40)) / 36
    errors = {"own": [], "naive": [], "seasonal": []}
    for origin in range(50, 62 - 6 + 1):
        for ahead in range(6):
            truth = series[origin + ahead]
            errors["own"].append(abs(truth - mean))
            errors["naive"].append(abs(truth - series[origin - 1]))
            errors["seasonal"].append(abs(truth - series[origin - 4 + ahead % 4]))
    average = {name: sum(errors_of_one) / len(errors_of_one) for name, errors_of_one in errors.items()}
    assert metrics["mae"].value == pytest.approx(average["own"], rel=1e-5)
    assert metrics["naive_mae"].value == pytest.approx(average["naive"])
    assert metrics["seasonal_mae"].value == pytest.approx(average["seasonal"])
    assert metrics["skill"].value == pytest.approx(100 * (1 - average["own"] / average["naive"]), rel=1e-4)
    assert metrics["mase"].value == pytest.approx(average["own"] / scale, rel=1e-5)
    assert metrics["mase/seasonal"].value == pytest.approx(average["seasonal"] / scale)
    squares = sum(error**2 for error in errors["naive"]) / len(errors["naive"])
    assert metrics["rmse/naive"].value == pytest.approx(math.sqrt(squares))
    assert {name: metric.better for name, metric in metrics.items() if "naive" in name} == dict.fromkeys(
        ("naive_mae", "rmse/naive", "mase/naive"), ""
    )


def test_without_a_season_there_is_no_seasonal_forecast(make_forecasting):
    _, task = make_forecasting(walk())
    metrics = evaluate(task, Fixed(lambda batch: batch.targets_B), task.score_loader("test"))
    assert not any("seasonal" in name for name in metrics)


def test_a_trend_is_followed_by_differences_alone(compose):
    """The test lies above all that was seen in training."""

    def trained(difference):
        config = compose("task=forecasting", "cell=gru", "stack.hidden_size=16", f"task.difference={difference}")
        task = make_task(config)
        torch.manual_seed(0)
        net = make_net(config, task)
        optimiser = torch.optim.Adam(net.parameters(), 0.01)
        for epoch in range(12):
            loader = task.train_loader(32, 0)
            loader.set_epoch(epoch)
            for batch in loader:
                (loss, count), _ = net.loss(batch, None)
                optimiser.zero_grad()
                (loss / count).backward()
                optimiser.step()
        return evaluate(task, net, task.score_loader("test"))["skill"].value

    assert trained("true") > 20 and trained("false") < -100


def test_through_the_command(make_forecasting, tmp_path):
    overrides = ("task.horizon=2", "evaluation.samples=4", "trainer.max_steps=3", "trainer.batch_size=16", "data.predicted=[a]")
    config, _ = make_forecasting(walk(2), *overrides, f"paths.results={tmp_path}/results", f"paths.cache={tmp_path}/cache")
    job = prepare(config)
    record = run(job, "")
    assert record.status == "ok" and record.train["tokens"] == 2 * (16 + 16 + 2)
    assert next(iter(record.metrics["test"])) == "mae" and math.isfinite(record.metrics["test"]["mae"]["value"])
    with (job.folder / "samples" / f"{job.run_id}.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(50, 58)) and {row["series"] for row in rows} == {"a"}
    truth = job.task.data.values_TC[:, 0]
    assert [float(row["truth"]) for row in rows] == pytest.approx(truth[50:58].tolist(), rel=1e-5)
    assert [float(row["naive"]) for row in rows] == pytest.approx(truth[[49, 49, 51, 51, 53, 53, 55, 55]].tolist(), rel=1e-5)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["task.window=0"], r"^task\.window=0 is out of range"),
        (["task.horizon=0"], r"^task\.horizon=0 is out of range"),
        (["task.horizon=11"], r"the validation part, steps 40 to 49, has no room for task\.horizon=11"),
        (["task.window=40"], r"the train part, steps 0 to 39, has no room"),
        (["data.season=40"], r"^data\.season=40 is longer than the 40 training steps"),
        (["data.season=2"], r"^data\.season=2: the training part of a repeats itself exactly"),
        (["task.difference=true", "data.split={train: 2, validation: 30, test: 0}"], r"^the train part has 2 steps, too few"),
    ],
)
def test_bad_settings_are_one_sentence(make_forecasting, overrides, words):
    with pytest.raises(DataError, match=words):
        make_forecasting([[float(step % 2 + 1)] for step in range(62)], *overrides)


def test_a_constant_column_is_named(make_forecasting):
    with pytest.raises(DataError, match=r"^column b is constant over the training steps"):
        make_forecasting([[float(step), float(step > 50)] for step in range(62)])


def test_a_recursive_forecast_of_some_columns_is_refused(make_forecasting):
    with pytest.raises(DataError, match=r"^task\.recursive=true is refused with data=series: it reads a, b, and would"):
        make_forecasting(walk(2), "task.horizon=2", "task.recursive=true", "data.predicted=[a]")


def test_a_series_that_stands_still_is_refused(make_forecasting):
    with pytest.raises(DataError, match=r"does not change in its test part"):
        make_forecasting([*walk()[:49], *([[7.0]] * 13)])


def test_forecasts_are_not_drawn(make_forecasting):
    config, _ = make_forecasting(walk(), "decode=sample")
    with pytest.raises(DataError, match=r"give decode=greedy\.$"):
        prepare(config)


@pytest.mark.parametrize("name", REAL)
def test_real_series_have_their_published_sizes(compose, data_folder, name):
    sizes = {
        "airline_passengers": (144, 1),
        "minimum_temperatures": (3650, 1),
        "sunspots": (2820, 1),
        "exchange_rate": (7588, 8),
        "etth1": (17420, 7),
        "apple_stock": (506, 4),
    }
    task = make_task(compose("task=forecasting", f"data={name}", f"paths.data={data_folder}"))
    assert tuple(task.data.values_TC.shape) == sizes[name]
    metrics = evaluate(task, Fixed(lambda batch: batch.targets_B), task.score_loader("test"))
    assert metrics["skill"].value > 99.9


@pytest.mark.parametrize("digits", [4, 8, 17])
def test_a_season_that_repeats_itself_up_to_rounding_gives_mase_no_scale(make_forecasting, digits):
    season = [[float(f"{1000 + math.sin(2 * math.pi * step / 12):.{digits}g}")] for step in range(62)]
    values = season if digits > 4 else [[float(f"{math.sin(2 * math.pi * step / 12):.4g}")] for step in range(62)]
    with pytest.raises(DataError, match=r"^data\.season=12: the training part of a repeats itself exactly.* data\.season=1\.$"):
        make_forecasting(values, "data.season=12")
    assert make_forecasting(values, "data.season=1")[1].scale_C.item() > 0.1


def test_a_ramp_that_rounding_alone_varies_has_no_differences_to_learn(make_forecasting):
    with pytest.raises(DataError, match=r"^column a is constant over the training steps"):
        make_forecasting([[0.1 * step] for step in range(62)], "task.difference=true")


def test_levels_beyond_the_range_of_training_are_hinted_at_once(make_forecasting):
    rising = [[100 + 2.0 * step + step % 3] for step in range(62)]
    hint = "task.difference=true predicts changes"
    (warning,) = [note for note in make_forecasting(rising)[1].describe_data()["notes"] if hint in note]
    assert "100% of the validation values and 100% of the test values lie outside the range of training" in warning
    level = [[100.0 + step * step % 13] for step in range(62)]
    for values, settings in ((rising, ("task.difference=true",)), (level, ())):
        assert not any(hint in note for note in make_forecasting(values, *settings)[1].describe_data()["notes"])


def test_forecasts_are_written_as_exact_as_they_are(make_forecasting):
    values = [[5_000_000.25 + 2 * step + step % 3] for step in range(62)]
    _, task = make_forecasting(values)
    net = Fixed(lambda batch: batch.targets_B)
    rows = list(csv.DictReader(task.outputs(net, None, 0).files["csv"].splitlines()))
    assert [float(row["truth"]) for row in rows] == [row[0] for row in values[50:]]
    assert [float(row["naive"]) for row in rows] == [row[0] for row in values[49:61]]


@pytest.mark.parametrize(("column", "value"), [(0, "-1e308"), (1, "1e60")])
def test_a_value_beyond_what_a_net_reads_is_refused_by_column(make_forecasting, column, value):
    values = walk(columns=2)
    values[-1][column] = value
    with pytest.raises(DataError, match=rf"^column {'ab'[column]} has values so far apart"):
        make_forecasting(values)
