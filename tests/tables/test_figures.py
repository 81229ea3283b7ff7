"""What the figures are given: which rows, which points, at which tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.figures import tradeoff
from bench.tables import figures
from bench.tables.comparison import Comparison, comparisons_of
from bench.tables.looks import cell_number, identities_of
from bench.tables.tuning import Metric

NATS = Metric("validation", "nats_per_char", "nats/character", "lower")


def only(records: Any) -> Comparison:
    (comparison,) = comparisons_of(records)
    return comparison


def curve(**changed: Any) -> dict[str, Any]:
    base = {
        "step": [10, 20, 40],
        "tokens": [1000, 2000, 4000],
        "loss": [3.0, 2.0, 1.0],
        "validation_step": [5, 30, 40],
        "validation": [3.0, None, 1.0],
    }
    return {"curve": {**base, **changed}}


def test_tokens_at_validations_are_taken_where_they_are_noted() -> None:
    assert figures._tokens_at(curve()["curve"]) == [500, 3000, 4000]


def test_values_that_were_not_finite_are_left_out(make: Any) -> None:
    (line,) = figures.lines(only([make(train=curve())]), NATS)
    assert line.runs == ([(500.0, 3.0), (4000.0, 1.0)],)
    (line,) = figures.lines(only([make(train=curve(validation_tokens=[7, 8, 9]))]), NATS)
    assert line.runs == ([(7.0, 3.0), (9.0, 1.0)],)


def test_lines_are_those_of_the_chosen_runs(make: Any) -> None:
    report = {"tune": {"optimiser.lr": []}}
    records = [
        make(cell=cell, lr=lr, seed=seed, report=report, validation=value, train=curve(validation=[3.0, 2.0, value]))
        for cell in ("gru", "lstm")
        for lr, value in ((0.001, 1.6), (0.002, 1.2))
        for seed in (0, 1)
    ]
    lines = figures.lines(only([*records, make.failed(cell="elman", report=report, train={})]), NATS)
    assert sorted(line.name for line in lines) == ["gru", "lstm"]
    assert {run[-1][1] for line in lines for run in line.runs} == {1.2}


def test_cells_share_a_colour_and_depths_a_dash(make: Any) -> None:
    lines = figures.lines(only([make(cell=cell, depth=depth) for cell in ("gru", "lstm") for depth in (1, 2)]), NATS)
    gru, deep_gru, lstm, deep_lstm = (line.identity for line in lines)
    assert gru.colour == deep_gru.colour != lstm.colour == deep_lstm.colour
    assert gru.dashes == lstm.dashes != deep_gru.dashes == deep_lstm.dashes


def test_a_cell_looks_the_same_whatever_stands_beside_it(make: Any) -> None:
    """Also where another key comes first, and in curves over lengths."""
    alone = figures.lines(only([make(cell="lstm"), make(cell="elman")]), NATS)
    others = [make(cell=cell, seed=seed) for cell in ("gru_reset_after", "gru", "lstm", "elman") for seed in (0, 1)]
    beside = figures.lines(only(others), NATS)
    looks = [{line.name: (line.identity.colour, line.identity.marker) for line in lines} for lines in (alone, beside)]
    assert looks[0].items() <= looks[1].items() and len(set(looks[1].values())) == 4
    (by_length,) = identities_of(("data.length", "cell.name"), [(10, "lstm")])
    assert (by_length.colour, by_length.marker) == looks[0]["lstm"]
    assert cell_number("a cell from elsewhere") == cell_number("a cell from elsewhere")


def test_errors_beside_those_of_a_naive_forecast_are_read_by_their_factor(make: Any) -> None:
    entry = {"value": 2.0, "unit": "", "better": "lower", "count": 1, "signature": None}
    with_naive = make(metrics={"validation": {"mae": entry, "naive_mae": entry}})
    mae = Metric("validation", "mae", "", "lower")
    assert figures._has_naive_error(only([with_naive]), mae)
    assert not figures._has_naive_error(only([make()]), NATS)


@pytest.mark.parametrize("key", ["step_cost", "cost"])  # the probe's name, and that in older records
def test_costs_are_medians_of_the_rows_that_were_measured(make: Any, key: str) -> None:
    cost = {"tokens": [16, 32], "seconds": [[1.0, 9.0, 2.0], [4.0, 4.0, 5.0]]}
    comparison = only([make(cell="gru", train={key: cost}), make(cell="lstm")])
    (line,) = figures.costs(comparison, "seconds")
    assert (line.name, line.tokens, line.values) == ("gru", [16, 32], pytest.approx([2, 4]))
    assert figures.costs(comparison, "memory") == []


def test_points_need_speed_and_metric(make: Any) -> None:
    records = [make(cell="gru"), make(cell="lstm", speed={}), make(cell="elman")]
    points = figures.points(only(records), Metric("test", "nats_per_char", "nats/character", "lower"), figures.TRAINING)
    assert [point.name for point in points] == ["gru", "elman"]
    assert points[0].speed.centre == pytest.approx(records[0].speed["train_tokens_per_second"]["median"])
    assert points[0].metric.centre == records[0].metrics["test"]["nats_per_char"]["value"]


@pytest.mark.parametrize(("trainings", "counted"), [(["a", "a"], "sentences decoded"), (["a", "b"], "training tokens")])
def test_rows_that_decode_one_training_are_drawn_by_the_speed_of_decoding(
    trainings: list[str], counted: str, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    monkeypatch.setattr(tradeoff, "draw", lambda points, axis, *, speed, title, stem: drawn.append((points, speed)) or [])
    records = []
    for width, train_id in enumerate(trainings, 1):
        run = make(cell="gru")
        decoded = {name.replace("train_tokens", "decode_sentences"): samples for name, samples in run.speed.items()}
        config = {**run.config, "decode": {"name": "beam", "width": width}}
        records.append(replace(run, run_id=f"{width:016x}", train_id=train_id, config=config, speed={**run.speed, **decoded}))
    figures.draw([only(records)], tmp_path)
    ((points, speed),) = drawn
    assert speed == counted and len(points) == 2
