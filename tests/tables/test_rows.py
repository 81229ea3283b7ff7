"""Grouping over seeds, and the choice of tuned values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.records.plan import Planned, positions, write_plan
from bench.tables.comparison import Comparison, by_data, comparisons_of
from bench.tables.rows import run_names

TUNED = {"tune": {"optimiser.lr": []}}


def only(records: Any) -> Comparison:
    (comparison,) = comparisons_of(records)
    return comparison


def labels(comparison: Comparison) -> list[tuple[Any, ...]]:
    return [row.labels for row in comparison.rows]


def test_seeds_are_grouped_and_rows_stand_as_the_sweep_started_them(make: Any) -> None:
    comparison = only(list(reversed(make.sweep())))
    assert comparison.grouping.row_keys == ("cell.name", "stack.depth")
    assert labels(comparison)[:3] == [("elman", 1), ("elman", 2), ("gru", 1)]
    assert [row.labels[0] for row in comparison.rows][-2:] == ["lstm", "lstm"]
    assert {len(row.records) for row in comparison.rows} == {3}


def test_rows_stand_as_planned_whatever_started_first(make: Any, tmp_path: Path) -> None:
    records = [make(cell=cell) for cell in ("lstm", "gru", "elman")]
    write_plan(tmp_path, [Planned(record.run_id, [], "") for record in reversed(records)], at_once=3, definition="")
    (comparison,) = comparisons_of(records, positions(tmp_path))
    assert labels(comparison) == [("elman",), ("gru",), ("lstm",)]


def test_numbers_ascend_whatever_started_first(make: Any) -> None:
    assert labels(only([make(depth=depth) for depth in (10, 2, 1)])) == [(1,), (2,), (10,)]


def test_the_baselines_word_comes_first(make: Any) -> None:
    report = {"baseline": {"cell.name": "elman"}}
    comparison = only([make(cell=cell, report=report) for cell in ("lstm", "gru", "elman")])
    assert labels(comparison) == [("elman",), ("lstm",), ("gru",)]


def test_one_kind_of_run_is_called_by_its_cell(make: Any) -> None:
    comparison = only([make(cell="gru", seed=seed) for seed in (0, 1)])
    assert (comparison.grouping.row_keys, labels(comparison)) == (("cell.name",), [("gru",)])


def test_validation_chooses_and_test_has_no_say(make: Any) -> None:
    comparison = only(
        [
            make(lr=0.001, report=TUNED, validation=1.50, test=1.90),
            make(lr=0.004, report=TUNED, validation=1.60, test=1.10),
        ]
    )
    assert comparison.rows[0].tuned == (0.001,)
    assert [record.metrics["test"]["nats_per_char"]["value"] for record in comparison.rows[0].ok] == [1.90]


def test_the_mean_over_seeds_chooses_not_the_luckiest_seed(make: Any) -> None:
    values = {0.001: (1.0, 2.0), 0.004: (1.4, 1.4)}
    records = [
        make(lr=lr, seed=seed, report=TUNED, validation=value) for lr, pair in values.items() for seed, value in enumerate(pair)
    ]
    assert only(records).rows[0].tuned == (0.004,)


def test_higher_is_better_where_the_metric_says_so(make: Any) -> None:
    def scored(lr: float, value: float) -> Any:
        entry = {"value": value, "unit": "%", "better": "higher", "count": 10, "signature": None}
        return make(lr=lr, report=TUNED, metrics={"validation": {"entity_f1": entry}})

    assert only([scored(0.001, 70.0), scored(0.002, 90.0), scored(0.004, 80.0)]).rows[0].tuned == (0.002,)


def test_equal_values_keep_the_first(make: Any) -> None:
    assert only([make(lr=lr, report=TUNED, validation=1.5) for lr in (0.004, 0.001)]).rows[0].tuned == (0.001,)


@pytest.mark.parametrize("status", ["diverged", "failed", "killed", "out_of_memory"])
def test_a_value_with_a_broken_seed_is_not_chosen_over_a_whole_one(make: Any, status: str) -> None:
    records = [make(lr=0.001, seed=seed, report=TUNED, validation=1.6) for seed in (0, 1)]
    records += [make(lr=0.004, seed=0, report=TUNED, validation=1.2)]
    records += [make.failed(status, lr=0.004, seed=1, report=TUNED)]
    assert only(records).rows[0].tuned == (0.001,)


def test_a_value_of_which_a_seed_has_not_run_is_not_chosen_over_a_whole_one(make: Any) -> None:
    records = [make(lr=0.001, seed=seed, report=TUNED, validation=1.6) for seed in (0, 1)]
    assert only([*records, make(lr=0.004, seed=0, report=TUNED, validation=1.2)]).rows[0].tuned == (0.001,)


def test_where_none_is_whole_the_one_with_more_seeds_is_chosen(make: Any) -> None:
    records = [make(lr=0.001, seed=seed, report=TUNED, validation=1.6) for seed in (0, 1)]
    records += [make.failed(lr=0.001, seed=2, report=TUNED)]
    records += [make(lr=0.004, seed=0, report=TUNED, validation=1.2)]
    records += [make.failed(lr=0.004, seed=seed, report=TUNED) for seed in (1, 2)]
    row = only(records).rows[0]
    assert (row.tuned, len(row.ok), len(row.records)) == ((0.001,), 2, 3)


def test_a_metric_that_was_not_finite_counts_as_a_broken_seed(make: Any) -> None:
    records = [make(lr=0.001, report=TUNED, validation=1.6), make(lr=0.004, report=TUNED, validation=None)]
    assert only(records).rows[0].tuned == (0.001,)


def test_two_tuned_keys_are_chosen_together(make: Any) -> None:
    report = {"tune": {"optimiser.lr": [], "stack.dropout": []}}
    values = {(0.001, 0.0): 1.3, (0.001, 0.5): 1.6, (0.004, 0.0): 1.5, (0.004, 0.5): 1.2}
    records = [
        make(lr=lr, report=report, validation=value, config={"stack": {"depth": 1, "dropout": dropout}})
        for (lr, dropout), value in values.items()
    ]
    comparison = only(records)
    assert comparison.grouping.tuned_keys == ("optimiser.lr", "stack.dropout")
    assert comparison.rows[0].tuned == (0.004, 0.5)


def test_a_run_made_again_counts_once_and_as_it_was_last(make: Any) -> None:
    old, new = make(seed=0, test=9.0), make(seed=0, test=1.5)
    comparison = only([new, old, make(seed=1)])
    assert comparison.grouping.twins == 1
    assert comparison.rows[0].records[0] == new
    assert len(comparison.rows[0].records) == 2


def test_records_of_two_data_sets_never_share_a_draft(make: Any) -> None:
    other = {**make().data, "sha256": "ff" * 32}
    records = [make(cell=cell, **settings) for cell in ("gru", "lstm") for settings in ({}, {"data": other})]
    assert [len({record.data["sha256"] for record in comparison.records}) for comparison in comparisons_of(records)] == [1, 1]
    assert [labels(comparison) for comparison in comparisons_of(records)] == [[("gru",), ("lstm",)]] * 2


def test_a_run_that_never_read_its_data_stands_with_those_that_asked_for_the_same(make: Any) -> None:
    shakespeare = {"name": "tinyshakespeare"}
    other = make(data={**make().data, "sha256": "ff" * 32}, config={"data": shakespeare})
    lost = make.failed(data={}, config={"data": shakespeare})
    groups = by_data([lost, make(), other], {})
    assert sorted(map(len, groups)) == [1, 2] and [other, lost] in groups


def test_the_baseline_must_be_exactly_one_row(make: Any) -> None:
    def at(baseline: Any) -> int | None:
        cells = [("elman", 1), ("elman", 2), ("lstm", 1)]
        return only([make(cell=c, depth=d, report={"baseline": baseline}) for c, d in cells]).baseline

    assert at({"cell.name": "elman", "stack.depth": 2}) == 1
    assert at({"cell": {"name": "lstm"}}) == 2
    assert at({"cell.name": "elman"}) is None
    assert at({"cell.name": "gru"}) is None
    assert at(None) is None


def test_runs_are_named_by_what_differs(make: Any) -> None:
    def named(records: list[Any], tuned: list[str]) -> list[str]:
        return run_names([run.config for run in records], tuned)

    runs = [make(cell=cell, depth=depth, seed=seed) for cell in ("gru", "lstm") for depth in (1, 2) for seed in (0, 1)]
    assert named(runs, [])[:3] == ["gru, depth 1, seed 0", "gru, depth 1, seed 1", "gru, depth 2, seed 0"]
    assert named([make(lr=lr) for lr in (0.001, 0.002)], ["optimiser.lr"]) == ["lstm, lr 0.001", "lstm, lr 0.002"]
    assert named([make()], []) == ["lstm"]
