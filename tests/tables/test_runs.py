"""Runs in pandas and as CSV, against the JSON of the records and what pandas itself reads."""

import io
import json
from pathlib import Path
from typing import Any

import pandas
import pytest

import bench
from bench.tables import TableError, runs
from bench.tables.write import write_tables

RESULTS = Path(__file__).parents[2] / "results"


def test_a_row_a_run_with_what_its_record_says(make: Any, lay: Any) -> None:
    folder = lay(make.sweep())
    frame = bench.load(folder)
    written = {path.stem: json.loads(path.read_text()) for path in (folder / "records").glob("*.json")}
    assert sorted(frame["run_id"]) == sorted(written)
    for row in frame.to_dict("records"):
        record = written[row["run_id"]]
        assert row["cell"] == record["config"]["cell"]["name"]
        assert row["seed"] == record["config"]["seed"]
        assert row["test.bits_per_char"] == record["metrics"]["test"]["bits_per_char"]["value"]
        assert row["speed.train_tokens_per_second"] == record["speed"]["train_tokens_per_second"]["median"]
        assert row["started"] == pandas.Timestamp(record["started"])
    assert frame.attrs["units"]["test.bits_per_char"] == "bits/character"
    assert pandas.api.types.is_integer_dtype(frame["seed"]) and pandas.api.types.is_float_dtype(frame["test.bits_per_char"])


def test_keys_that_tell_runs_apart_are_columns_and_what_follows_from_a_name_is_none(make: Any, lay: Any) -> None:
    config = make().config
    others = [
        make(seed=1, config={**config, "optimiser": {**config["optimiser"], "lr": 0.5}}),
        make(seed=2, config={**config, "cell": {"name": "gru", "reset": "after"}}),
    ]
    frame = bench.load(lay([make(), *others]))
    assert frame["optimiser.lr"].nunique() == 2
    assert "cell.reset" not in frame and set(frame["cell"]) == {config["cell"]["name"], "gru"}


def test_a_failed_run_has_a_row_without_figures(make: Any, lay: Any) -> None:
    frame = bench.load(lay([make(), make.failed(seed=1)])).set_index("status")
    assert pandas.isna(frame.loc["diverged", "test.bits_per_char"])
    assert frame.loc["diverged", "error"]
    assert pandas.isna(frame.loc["ok", "error"])


def test_the_csv_beside_a_table_reads_as_the_frame(make: Any, lay: Any) -> None:
    folder = lay(make.sweep())
    write_tables(folder)
    read = pandas.read_csv(folder / "runs.csv", float_precision="round_trip").set_index("run_id").sort_index()
    frame = bench.load(folder).set_index("run_id").sort_index()
    assert list(read) == list(frame)
    for column in ("cell", "seed", "test.bits_per_char", "commit"):
        assert list(read[column]) == list(frame[column])


def test_several_sweeps_stand_in_one_frame() -> None:
    frame = bench.load(RESULTS / "speech", RESULTS / "cells")
    assert frame.groupby("sweep").size().to_dict() == {"speech": 36, "cells": 72}
    means = frame[frame["sweep"] == "speech"].groupby(["cell", "direction", "net.pooling"])["test.accuracy"].mean()
    table = pandas.read_csv(io.StringIO((RESULTS / "speech" / "table.csv").read_text()))
    printed = table.set_index(["cell.name", "stack.direction", "net.pooling"])["test.accuracy [%]"]
    assert {key: pytest.approx(value) for key, value in printed.items()} == means.to_dict()


def test_no_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="contains no records: give the folder of a sweep that has run"):
        bench.load(tmp_path)
    assert runs.render([]) == "\n"


def test_what_is_public_is_there_and_nothing_else() -> None:
    assert [getattr(bench, name).__name__ for name in bench.PUBLIC] == list(bench.PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        getattr(bench, "lod")  # noqa: B009
