"""Rows over two numbers: what the pictures of depth by size and of penalty by width are given."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import Any

import pytest

from bench.records.record import Record
from bench.tables import pivot
from bench.tables.comparison import Comparison, comparisons_of


def only(records: Any) -> Comparison:
    (comparison,) = comparisons_of(records)
    return comparison


def sized(record: Record, **stack: int) -> Record:
    """The record with other entries in `stack`, under a name of its own."""
    label, recorded = "-".join(map(str, stack.values())), record.config["stack"]
    config = {**record.config, "stack": {"depth": recorded["depth"], **stack, "direction": recorded["direction"]}}
    return replace(record, run_id=f"{record.run_id}-{label}", config=config)


def decoded(record: Record, **decode: Any) -> Record:
    label = "-".join(map(str, decode.values()))
    return replace(record, run_id=f"{record.run_id}-{label}", config={**record.config, "decode": decode})


def searched_by(make: Any, width: int, penalty: float, seed: int) -> Record:
    """A search that decodes the training of its seed."""
    run = make(cell="gru", seed=seed, test=width * penalty + 100.0 * seed, train_id=f"training{seed}")
    return decoded(run, name="beam", width=width, length_penalty=penalty)


def test_depth_by_size_has_a_grid_a_cell(make: Any) -> None:
    records = [
        sized(make(cell=cell, depth=depth, seed=seed, test=depth + units / 1000 + seed), hidden_size=units)
        for cell in ("gru", "lstm")
        for depth in (1, 2)
        for units in (64, 256)
        for seed in (0, 1)
        if (cell, depth, units) != ("lstm", 2, 256)
    ]
    comparison = only(records)
    assert comparison.primary is not None
    grids = pivot.grids(comparison, comparison.primary)
    assert grids is not None
    (gru, lstm), sides = grids
    assert [row for grid in (gru,) for row in grid.values] == [pytest.approx([1.564, 1.756]), pytest.approx([2.564, 2.756])]
    assert (gru.name, lstm.name) == ("gru", "lstm")
    assert isnan(lstm.values[1][1]) and lstm.values[1][0] == pytest.approx(2.564)
    assert (sides.rows, sides.columns, sides.down, sides.across) == (["1", "2"], ["64", "256"], "depth", "hidden size")


def test_where_parameters_were_asked_for_they_are_the_size(make: Any) -> None:
    records = [
        sized(make(cell="gru", depth=depth), parameters=parameters, hidden_size=parameters // (100 * depth))
        for depth in (1, 2)
        for parameters in (50000, 200000)
    ]
    comparison = only(records)
    assert comparison.grouping.row_keys == ("stack.depth", "stack.parameters")
    assert comparison.primary is not None
    grids = pivot.grids(comparison, comparison.primary)
    assert grids is not None and grids[1].columns == ["50,000", "200,000"]


def test_one_depth_makes_no_grid(make: Any) -> None:
    comparison = only([sized(make(cell="gru"), hidden_size=units) for units in (64, 256)])
    assert comparison.primary is not None
    assert pivot.grids(comparison, comparison.primary) is None


def test_penalties_by_width_leave_out_what_has_none(make: Any) -> None:
    searched = [
        searched_by(make, width, penalty, seed) for width in (2, 10) for penalty in (1.0, 0.0, 0.5) for seed in (0, 1, 2)
    ]
    comparison = only([*searched, decoded(make(cell="gru"), name="greedy")])
    assert comparison.primary is not None
    lines = pivot.beams(comparison, comparison.primary)
    assert [line.name for line in lines] == ["width 2", "width 10"]
    points = [(x, value.centre, value.low, value.high) for x, value in lines[1].points]
    assert points == [(0.0, 0.0, 0.0, 0.0), (0.5, 5.0, 5.0, 5.0), (1.0, 10.0, 10.0, 10.0)]


def test_a_penalty_is_compared_with_the_same_trainings_alone(make: Any) -> None:
    """Seeds that differ by far more than a penalty gives leave no trace; a training that lacks its partner has none."""
    runs = [searched_by(make, width, penalty, seed) for width in (2, 3) for penalty in (0.0, 0.5) for seed in (0, 1, 2)]
    lone = decoded(make(cell="gru", seed=3, test=700.0), name="beam", width=2, length_penalty=0.5)
    comparison = only([*runs, lone])
    assert comparison.primary is not None
    line, _ = pivot.beams(comparison, comparison.primary)
    assert [(x, value.centre, value.n) for x, value in line.points] == [(0.0, 0.0, 3), (0.5, 1.0, 3)]


def test_one_penalty_makes_no_line(make: Any) -> None:
    comparison = only([decoded(make(cell="gru"), name="beam", width=width, length_penalty=0.75) for width in (2, 10)])
    assert comparison.primary is not None
    assert pivot.beams(comparison, comparison.primary) == []
