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

    def probed(cell: str, length: int, value: float, *, seed: int = 0, task: str = "order", **settings: Any) -> Any:
        sha256 = settings.pop("sha256", f"{task}{length:06d}".encode().hex())
        metrics = {"accuracy": entry(value, "higher", "%"), "guess_accuracy": entry(25.0, "", "%")}
        if task == "adding":
            metrics = {"mse": entry(value, "lower"), "guess_mse": entry(0.2)}
        return make(
            cell=cell,
            seed=seed,
            report={"across": ["data.length"], **settings.pop("report", {})},
            config={"task": {"name": task, "_target_": task, **settings}, "data": {"name": "generated", "length": length}},
            metrics={"validation": metrics, "test": metrics},
            data={
                "name": "generated",
                "sha256": sha256,
                "splits": {"test": 1000},
                "unit": "sequences",
                "notes": [f"of length {length}", "of any length"],
            },
        )

    return probed


def sweep(probe: Any, task: str = "order", **settings: Any) -> list[Any]:
    values = {("elman", 10): 99, ("elman", 100): 26, ("gru", 10): 99, ("gru", 100): 97}
    if task == "adding":
        values = {key: (100 - value) / 500 for key, value in values.items()}
    return [
        probe(cell, length, value + 0.002 * seed, seed=seed, task=task, **settings)
        for (cell, length), value in values.items()
        for seed in (0, 1, 2)
    ]


def test_lengths_share_a_table_and_say_so(probe: Any) -> None:
    (comparison,) = comparisons_of(sweep(probe))
    joint = table(comparison)
    assert [column.name for column in joint.columns[:2]] == ["cell", "length"]
    assert [[cell.text for cell in row.cells[:2]] for row in joint.rows] == [
        ["elman", "10"],
        ["elman", "100"],
        ["gru", "10"],
        ["gru", "100"],
    ]
    text = " ".join([*joint.caption, *joint.provenance])
    assert "Rows with different data.length are on different data" in text and "not ranked" in text
    for length in (10, 100):
        assert f"{length} (sha256 {f'order{length:06d}'.encode().hex()[:12]})" in text
    assert "of any length" in text and "of length 10." not in text
    assert "scored in different ways" not in text and "Bold" not in text


def test_nothing_is_ranked_or_tested_across_lengths(probe: Any) -> None:
    (comparison,) = comparisons_of(sweep(probe, report={"baseline": {"cell.name": "elman", "data.length": 10}}))
    joint = table(comparison)
    assert not any(cell.best for row in joint.rows for cell in row.cells)
    assert not any(column.key.startswith("difference.") for column in joint.columns)


def test_a_finding_compares_rows_of_one_length(probe: Any) -> None:
    same, other = ({"cell.name": "elman", "data.length": length} for length in (100, 10))
    higher = {"cell.name": "gru", "data.length": 100}
    findings = [{"claim": "better", "higher": higher, "lower": lower} for lower in (same, other)]
    (findings_table,) = further(comparisons_of(sweep(probe, report={"claims": findings})))
    position = [column.key for column in findings_table.columns].index("verdict")
    verdicts = [row.cells[position].text for row in findings_table.rows]
    assert verdicts[0] == "holds" and verdicts[1].startswith("undecided")


def test_a_finding_about_the_data_subtracts_rows_that_differ_in_nothing_else(probe: Any) -> None:
    long, short = ({"cell.name": "elman", "data.length": length} for length in (100, 10))
    findings = [{"claim": claim, "higher": high, "lower": low} for claim, high, low in (("a", short, long), ("b", long, short))]
    (findings_table,) = further(comparisons_of(sweep(probe, report={"claims": findings})))
    cells = {column.key: [row.cells[at] for row in findings_table.rows] for at, column in enumerate(findings_table.columns)}
    assert [cell.text for cell in cells["verdict"]] == ["holds", "does not hold"]
    difference = cells["difference"][0]
    # both rows spread by 0.002: by Welch a standard error of 0.002 * sqrt(2 / 3), and four degrees of freedom
    assert difference.value == pytest.approx(73.0) and difference.low is not None
    assert 73.0 - difference.low == pytest.approx(2.7764 * 0.002 * (2 / 3) ** 0.5, rel=1e-3)
    assert "about data.length subtracts rows of different data" in " ".join(findings_table.caption)


def test_without_the_key_each_length_is_a_table_of_its_own(probe: Any) -> None:
    assert len(tables(comparisons_of(sweep(probe, report={"across": []})))) == 2


def test_tasks_stay_apart_and_are_named(probe: Any) -> None:
    by_task = tables(comparisons_of([*sweep(probe), *sweep(probe, "adding")]))
    assert [len(part.rows) for part in by_task] == [4, 4]
    assert ": order generated " in by_task[0].title and ": adding generated " in by_task[1].title
    assert by_task[0].data_sha256 != by_task[1].data_sha256


def test_settings_of_one_task_are_named_and_a_finding_stands_where_its_setting_is(probe: Any) -> None:
    higher, lower = ({"cell.name": cell, "data.length": 100, "task.problem": "parity"} for cell in ("gru", "elman"))
    report = {
        "claims": [{"claim": "better", "higher": higher, "lower": lower}],
        "literature": [{"source": "S", "metric": "accuracy", "split": "test", "values": [["Grazzi", "1.0", higher]]}],
    }
    by_problem = [
        record
        for problem in ("parity", "s3")
        for record in sweep(probe, problem=problem, kinds=2, report=report, sha256=f"{problem:f<64}".encode().hex()[:64])
        if record.config["data"]["length"] == 100
    ]
    comparisons = comparisons_of(by_problem)
    assert [part.title.split(": ")[1].split(" generated")[0] for part in tables(comparisons)] == ["parity", "s3"]
    assert ["parity" in part.title for part in further(comparisons) if "finding" in part.title] == [True]
    assert ["parity" in part.title for part in further(comparisons) if "published" in part.title] == [True]
    assert "Grazzi" not in " ".join([*tables(comparisons)[1].caption, *tables(comparisons)[1].provenance])


def test_data_that_differ_in_anything_else_stay_apart(probe: Any) -> None:
    smaller = [probe("gru", 100, 50.0, symbols=4, sha256="ee" * 32)]
    assert len(comparisons_of([*sweep(probe, symbols=8), *smaller])) == 2
    changed = [probe("gru", 100, 50.0, sha256="ff" * 32)]  # the same configuration, other content
    comparisons = comparisons_of([*changed, *sweep(probe)])
    contents = [
        {(record.config["data"]["length"], record.data["sha256"]) for record in comparison.records}
        for comparison in comparisons
    ]
    assert sorted(len(content) for content in contents) == [1, 2]
    assert not any({length for length, _ in content} == {100} and len(content) > 1 for content in contents)


def test_the_figure_has_a_line_a_cell_and_the_level_of_guessing(probe: Any) -> None:
    (comparison,) = comparisons_of(sweep(probe))
    figure = distances(comparison, ACCURACY)
    assert figure is not None and not figure.removed and figure.guess == {10: 25.0, 100: 25.0}
    assert [line.name for line in figure.lines] == ["elman", "gru"]
    assert figure.lines[0].values == {10: pytest.approx([99, 99.002, 99.004]), 100: pytest.approx([26, 26.002, 26.004])}


def test_of_errors_the_share_of_the_guess_that_is_gone_is_drawn(probe: Any) -> None:
    (comparison,) = comparisons_of([probe("gru", 10, 0.05, task="adding"), probe("gru", 100, 0.2, task="adding")])
    figure = distances(comparison, MSE)
    assert figure is not None and figure.removed and figure.guess == {10: 0.0, 100: 0.0}
    assert figure.lines[0].values == {10: pytest.approx([75.0]), 100: pytest.approx([0.0])}


def test_figures_are_written_for_each_task_and_no_curves_of_mixed_data(probe: Any, lay: Any) -> None:
    folder = lay([*sweep(probe), *sweep(probe, "adding")], name="cells")
    by_task = make_tables(folder)
    names = sorted(path.name for path in (folder / "figures").glob("*.svg"))
    assert [name.split("-")[:3] for name in names] == [["distance", "adding", "generated"], ["distance", "order", "generated"]]
    assert len(by_task) == 2
    lines = (folder / "table.csv").read_text().splitlines()
    assert "data.length" in lines[0] and len(lines) == 9


def test_one_length_is_an_ordinary_table(probe: Any) -> None:
    (comparison,) = comparisons_of([record for record in sweep(probe) if record.config["data"]["length"] == 10])
    assert comparison.across == () and comparison.data["sha256"] == b"order000010".hex()
    assert figures.distances(comparison, ACCURACY) is None


def test_tables_of_one_data_set_are_told_apart_by_the_users_files(make: Any) -> None:
    def record(path: str | None, sha256: str) -> Any:
        run = make(config={"data": {"name": "series", "path": path}})
        return replace(run, data={**run.data, "name": "series", "sha256": sha256})

    files = comparisons_of([record("sub/shop sales.csv", "aa" * 32), record("/x/weather.csv", "bb" * 32)])
    assert apart(files) == ["series shop sales.csv aaaaaaaa", "series weather.csv bbbbbbbb"]
    same = comparisons_of([record("a.csv", "aa" * 32), record("a.csv", "bb" * 32)])
    assert apart(same) == ["series aaaaaaaa", "series bbbbbbbb"]
