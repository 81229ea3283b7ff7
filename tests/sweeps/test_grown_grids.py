"""Grids that grow: the value beyond the best, until the best lies inside or two steps are done."""

import pytest
from command import SMALL, bench, records

from bench.sweeps.grown_grids import beyond


@pytest.mark.parametrize(
    ("tried", "chosen", "expected"),
    [
        ([0.003, 0.01, 0.03], 0.03, 0.1),
        ([0.03, 0.003, 0.01], 0.003, 0.001),
        ([0.01, 0.1], 0.1, 1.0),
        ([0.0, 0.2, 0.4], 0.4, 0.6),
        ([1, 2, 4], 4, 8),
        ([2, 3], 3, 4),
        ([2, 3], 2, 1),
    ],
)
def test_the_next_value_goes_on_as_the_grid_does(tried, chosen, expected):
    assert beyond(tried, chosen) == pytest.approx(expected)


def rates(folder):
    return sorted({record["config"]["optimiser"]["lr"] for record in records(folder).values()})


def test_a_row_at_the_edge_of_its_grid_tries_on_and_a_finished_sweep_says_the_same(tmp_path):
    sweep = ("+sweep=template", "sweep.rows=[{cell:elman}]", "sweep.claims=[]", "sweep.literature=[]", "sweep.seeds=1")
    words = (*sweep, "+sweep.tune={optimiser.lr:[1e-7,1e-6]}", *SMALL, "speed.rounds=0")
    done = bench(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "template"
    assert rates(folder) == pytest.approx([1e-7, 1e-6, 1e-5, 1e-4])
    assert done.stderr.count("1 further jobs: the best value that was tuned is the last of its grid") == 2
    before = records(folder)
    again = bench(tmp_path, *words)
    assert again.returncode == 0 and records(folder) == before
    assert bench(tmp_path, *words, "sweep.grow=false", "sweep.name=fixed").returncode == 0
    assert rates(tmp_path / "runs" / "fixed") == pytest.approx([1e-7, 1e-6])
