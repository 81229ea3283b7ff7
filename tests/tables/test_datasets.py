"""Data that differ by a stated key alone: one table, one figure, nothing ranked across them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.tables import figures
from bench.tables.comparison import apart, comparisons_of
from bench.tables.length_curves import distances
from bench.tables.sweep_table import further, table, tables
from bench.tables.tuning import Metric
from bench.tables.write import make as make_tables

MSE = Metric("test", "mse", "", "lower")
ACCURACY = Metric("test", "accuracy", "%", "higher")


def entry(value: float, better: str = "", unit: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit, "better": better, "count": 1000, "signature": None}


@pytest.fixture
def probe(make: Any) -> Any:
    """probe(cell, length, value, seed=0, task=..., sha256=...) -> a record of a drawn task."""

    def made(cell: str, length: int, value: float, *, seed: int = 0, task: str = "order", **given: Any) -> Any:
        sha256 = given.pop("sha256", f"{task}{length:06d}".encode().hex())
        found = {"accuracy": entry(value, "higher", "%"), "guess_accuracy": entry(25.0, "", "%")}
        if task == "adding":
            found = {"mse": entry(value, "lower"), "guess_mse": entry(0.2)}
        return make(
            cell=cell,
            seed=seed,
            report={"across": ["data.length"], **given.pop("report", {})},
            config={"task": {"name": task, "_target_": task, **given}, "data": {"name": "generated", "length": length}},
            metrics={"validation": found, "test": found},
            data={
                "name": "generated",
                "sha256": sha256,
                "splits": {"test": 1000},
                "unit": "sequences",
                "notes": [f"of length {length}", "of any length"],
            },
        )

    return made


def sweep(probe: Any, task: str = "order", **given: Any) -> list[Any]:
    values = {("elman", 10): 99, ("elman", 100): 26, ("gru", 10): 99, ("gru", 100): 97}
    if task == "adding":
        values = {key: (100 - value) / 500 for key, value in values.items()}
    return [
        probe(cell, length, value + 0.002 * seed, seed=seed, task=task, **given)
        for (cell, length), value in values.items()
        for seed in (0, 1, 2)
    ]


def test_lengths_share_a_table_and_say_so(probe: Any) -> None:
    (comparison,) = comparisons_of(sweep(probe))
    made = table(comparison)
    assert [column.name for column in made.columns[:2]] == ["cell", "length"]
    assert [[cell.text for cell in row.cells[:2]] for row in made.rows] == [
        ["elman", "10"],
        ["elman", "100"],
        ["gru", "10"],
        ["gru", "100"],
    ]
    told = " ".join([*made.caption, *made.provenance])
    assert "Rows with different data.length are on different data" in told and "not ranked" in told
    for length in (10, 100):
        assert f"{length} (sha256 {f'order{length:06d}'.encode().hex()[:12]})" in told
    assert "of any length" in told and "of length 10." not in told
    assert "scored in different ways" not in told and "Bold" not in told


def test_nothing_is_ranked_or_tested_across_lengths(probe: Any) -> None:
    (comparison,) = comparisons_of(sweep(probe, report={"baseline": {"cell.name": "elman", "data.length": 10}}))
    made = table(comparison)
    assert not any(cell.best for row in made.rows for cell in row.cells)
    assert not any(column.key.startswith("difference.") for column in made.columns)


def test_a_finding_compares_rows_of_one_length(probe: Any) -> None:
    same, other = ({"cell.name": "elman", "data.length": length} for length in (100, 10))
    higher = {"cell.name": "gru", "data.length": 100}
    findings = [{"claim": "better", "higher": higher, "lower": lower} for lower in (same, other)]
    (made,) = further(comparisons_of(sweep(probe, report={"claims": findings})))
    place = [column.key for column in made.columns].index("verdict")
    verdicts = [row.cells[place].text for row in made.rows]
    assert verdicts[0] == "holds" and verdicts[1].startswith("undecided")


def test_without_the_key_each_length_is_a_table_of_its_own(probe: Any) -> None:
    assert len(tables(comparisons_of(sweep(probe, report={"across": []})))) == 2


def test_tasks_stay_apart_and_are_named(probe: Any) -> None:
    made = tables(comparisons_of([*sweep(probe), *sweep(probe, "adding")]))
    assert [len(one.rows) for one in made] == [4, 4]
    assert ": order generated " in made[0].title and ": adding generated " in made[1].title
    assert made[0].data_sha256 != made[1].data_sha256


def test_data_that_differ_in_anything_else_stay_apart(probe: Any) -> None:
    smaller = [probe("gru", 100, 50.0, symbols=4, sha256="ee" * 32)]
    assert len(comparisons_of([*sweep(probe, symbols=8), *smaller])) == 2
    changed = [probe("gru", 100, 50.0, sha256="ff" * 32)]  # the same configuration, other content
    found = comparisons_of([*changed, *sweep(probe)])
    contents = [
        {(record.config["data"]["length"], record.data["sha256"]) for record in comparison.records} for comparison in found
    ]
    assert sorted(len(content) for content in contents) == [1, 2]
    assert not any({length for length, _ in content} == {100} and len(content) > 1 for content in contents)


def test_the_figure_has_a_line_a_cell_and_the_level_of_guessing(probe: Any) -> None:
    (comparison,) = comparisons_of(sweep(probe))
    found = distances(comparison, ACCURACY)
    assert found is not None and not found.removed and found.guess == {10: 25.0, 100: 25.0}
    assert [line.name for line in found.lines] == ["elman", "gru"]
    assert found.lines[0].values == {10: pytest.approx([99, 99.002, 99.004]), 100: pytest.approx([26, 26.002, 26.004])}


def test_of_errors_the_share_of_the_guess_that_is_gone_is_drawn(probe: Any) -> None:
    (comparison,) = comparisons_of([probe("gru", 10, 0.05, task="adding"), probe("gru", 100, 0.2, task="adding")])
    found = distances(comparison, MSE)
    assert found is not None and found.removed and found.guess == {10: 0.0, 100: 0.0}
    assert found.lines[0].values == {10: pytest.approx([75.0]), 100: pytest.approx([0.0])}


def test_figures_are_written_for_each_task_and_no_curves_of_mixed_data(probe: Any, lay: Any) -> None:
    folder = lay([*sweep(probe), *sweep(probe, "adding")], name="cells")
    made = make_tables(folder)
    names = sorted(path.name for path in (folder / "figures").glob("*.svg"))
    assert [name.split("-")[:3] for name in names] == [["distance", "adding", "generated"], ["distance", "order", "generated"]]
    assert len(made) == 2
    lines = (folder / "table.csv").read_text().splitlines()
    assert "data.length" in lines[0] and len(lines) == 9


def test_one_length_is_an_ordinary_table(probe: Any) -> None:
    (comparison,) = comparisons_of([record for record in sweep(probe) if record.config["data"]["length"] == 10])
    assert comparison.across == () and comparison.data["sha256"] == b"order000010".hex()
    assert figures.distances(comparison, ACCURACY) is None


def test_tables_of_one_data_set_are_told_apart_by_the_users_files(make: Any) -> None:
    def record(path: str | None, sha256: str) -> Any:
        made = make(config={"data": {"name": "series", "path": path}})
        return replace(made, data={**made.data, "name": "series", "sha256": sha256})

    files = comparisons_of([record("sub/shop sales.csv", "aa" * 32), record("/x/weather.csv", "bb" * 32)])
    assert apart(files) == ["series shop sales.csv aaaaaaaa", "series weather.csv bbbbbbbb"]
    same = comparisons_of([record("a.csv", "aa" * 32), record("a.csv", "bb" * 32)])
    assert apart(same) == ["series aaaaaaaa", "series bbbbbbbb"]
