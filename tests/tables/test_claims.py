"""Findings are judged by our seeds, and published figures stand beside the rows that they name."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from bench.tables import TableError
from bench.tables import make as make_tables
from bench.tables.comparison import comparisons_of
from bench.tables.spec import parse
from bench.tables.sweep_table import further, tables
from bench.tables.table import Cell, Table, provenance_of

FINDING = {"claim": "An LSTM reads better", "higher": {"cell.name": "elman"}, "lower": {"cell.name": "lstm"}}
PRINTED = [
    {"name": "RNN", "metric": "nats_per_char", "split": "test", "value": "1.90", "source": "A", "row": {"cell.name": "elman"}},
    {"name": "LSTM", "metric": "nats_per_char", "split": "test", "value": 1.5, "source": "A", "row": {"cell.name": "lstm"}},
    {"name": "other", "metric": "nats_per_char", "split": "test", "value": 1.1, "source": "B"},
]


def claims_of(make: Any, values: dict[str, list[float]], **report: Any) -> list[Table]:
    records = [
        make(cell=cell, seed=seed, test=value, report={"title": "Cells", **report})
        for cell, runs in values.items()
        for seed, value in enumerate(runs)
    ]
    return further(comparisons_of(records))


def cells(table: Table, row: int = 0) -> dict[str, Cell]:
    return {column.key: cell for column, cell in zip(table.columns, table.rows[row].cells, strict=True)}


@pytest.mark.parametrize(
    ("elman", "lstm", "verdict"),
    [
        ([2.00, 2.10, 2.05], [1.60, 1.71, 1.64], "holds"),
        ([1.60, 1.71, 1.64], [2.00, 2.10, 2.05], "does not hold"),
        ([2.00, 1.60, 2.20], [1.70, 1.90, 1.80], "undecided with these seeds"),
        ([2.00], [1.00], "undecided: fewer than 3 seeds per row, or scored in different ways"),  # however far apart
    ],
)
def test_the_seeds_decide(elman: list[float], lstm: list[float], verdict: str, make: Any) -> None:
    (table,) = claims_of(make, {"elman": elman, "lstm": lstm}, claims=[FINDING])
    assert cells(table)["verdict"].text == verdict


@pytest.mark.parametrize("named", [{}, {"metric": "accuracy"}])
def test_a_claim_is_of_quality_whichever_way_the_metric_is_better(named: dict[str, str], make: Any) -> None:
    """The LSTM has fewer nats and more hits: better by both, however the numbers lie."""
    claim = {"claim": "An LSTM is better", "better": {"cell.name": "lstm"}, "than": {"cell.name": "elman"}, **named}
    wrong = {**claim, "better": claim["than"], "than": claim["better"]}
    records = []
    for cell, nats, hits in (("elman", 2.0, 40.0), ("lstm", 1.6, 90.0)):
        for seed in range(3):
            record = make(cell=cell, seed=seed, test=nats + 0.01 * seed, report={"title": "Cells", "claims": [claim, wrong]})
            record.metrics["test"]["accuracy"] = {
                "value": hits - seed,
                "unit": "%",
                "better": "higher",
                "count": 9,
                "signature": None,
            }
            records.append(record)
    (table,) = further(comparisons_of(records))
    assert [cells(table, row)["verdict"].text for row in (0, 1)] == ["holds", "does not hold"]
    assert cells(table)["higher"].text == ("lstm" if named else "elman")


def test_what_both_rows_of_a_claim_share_is_said_once() -> None:
    (claim,) = parse(
        {"claims": [{"claim": "x", "better": {"net.crf": True}, "than": {"net.crf": False}, "given": {"stack.depth": 2}}]}
    ).claims
    assert claim.rows("higher") == ({"stack.depth": 2, "net.crf": True}, {"stack.depth": 2, "net.crf": False})
    assert claim.rows("lower") == claim.rows("higher")[::-1]


def test_figures_of_one_source_are_listed_once() -> None:
    entry = {"source": "A", "metric": "bleu", "split": "test", "inputs": "other words", "data": "multi30k"}
    figures = parse({"literature": [{**entry, "values": [["one", "28.30", {"cell.name": "gru"}], ["two", 30]]}]}).literature
    assert [(figure.name, figure.value, figure.row, figure.source, figure.note, figure.data) for figure in figures] == [
        ("one", "28.30", {"cell.name": "gru"}, "A", "other words", "multi30k"),
        ("two", 30, None, "A", "other words", "multi30k"),
    ]
    with pytest.raises(TableError, match=r"figures of A have 'two': give \[name, value\] or \[name, value, row\]"):
        parse({"literature": [{**entry, "values": ["two"]}]})


def test_both_tables_say_how_they_were_measured(make: Any) -> None:
    report = {"literature": PRINTED, "claims": [FINDING]}
    records = [make(cell=cell, seed=seed, report=report) for cell in ("elman", "lstm") for seed in (0, 1)]
    for run in records:
        run.metrics["test"]["nats_per_char"]["signature"] = "counted twice"
    lost = make.failed("diverged", cell="lstm", seed=2, report=report)
    beside, findings = further(comparisons_of([*records, lost]))
    for table in (beside, findings):
        caption = "\n".join(table.caption)
        for sentence in (
            "nats per char: lower is better.",
            "The test split was scored once, with the checkpoint that was best on validation.",
            "1 of 5 runs is not ok: 1 diverged.",
            "Conditions: float32, Processor X, 2 threads.",
        ):
            assert sentence in caption
        assert len(table.caption) <= 6
    page = provenance_of([*tables(comparisons_of([*records, lost])), beside, findings])
    assert sum("Signatures: nats per char counted twice." in line for line in page) == 1
    assert sum("sha256 " in line for line in page) == 1
    assert cells(findings)["seeds"].text == "2 / 2 of 3"


def test_the_test_pools_the_variance_of_all_rows_and_is_corrected(make: Any) -> None:
    values = {"elman": [2.00, 2.10, 2.05], "gru": [1.7, 1.9, 1.9], "lstm": [1.60, 1.71, 1.64]}
    other = {**FINDING, "claim": "A GRU too", "lower": {"cell.name": "gru"}}
    (table,) = claims_of(make, values, claims=[FINDING, other])
    pooled = np.sqrt(np.mean([np.var(runs, ddof=1) for runs in values.values()]))  # three rows of three: 6 degrees of freedom
    error = pooled * np.sqrt(2 / 3)
    gaps = [np.mean(values["elman"]) - np.mean(values[cell]) for cell in ("lstm", "gru")]
    raw = [2 * stats.t.sf(gap / error, 6) for gap in gaps]
    assert [cells(table, row)["p_holm"].value for row in (0, 1)] == pytest.approx([2 * raw[0], raw[1]])
    assert raw[1] > raw[0]
    half = stats.t.ppf(0.975, 6) * error
    difference = cells(table)["difference"]
    assert (difference.low, difference.high) == pytest.approx((gaps[0] - half, gaps[0] + half))
    power = TTestPower().power(cells(table)["detectable"].value / error, nobs=1, alpha=0.05 / 2, df=6)
    assert power == pytest.approx(0.8, abs=1e-3)  # of a true difference so large, by the level of two findings
    assert "Holm-corrected over the 2 findings" in "\n".join(table.caption)


def test_a_finding_may_name_its_metric_and_split(make: Any) -> None:
    finding = {**FINDING, "metric": "perplexity", "split": "validation"}
    (table,) = claims_of(make, {"elman": [2.0, 2.1], "lstm": [1.6, 1.7]}, claims=[finding])
    assert cells(table)["metric"].value == "validation.perplexity"
    (table,) = claims_of(make, {"elman": [2.0, 2.1], "lstm": [1.6, 1.7]}, claims=[{**FINDING, "metric": "bleu"}])
    assert cells(table)["verdict"].text == "no run has bleu"


def test_rows_that_are_missing_or_several_are_said(make: Any) -> None:
    values = {"elman": [2.0, 2.1], "gru": [1.6, 1.7]}
    (table,) = claims_of(make, values, claims=[FINDING, {**FINDING, "lower": {"stack.depth": 1}}])
    assert [cells(table, row)["verdict"].text for row in (0, 1)] == ["the lower row was not run", "2 rows match the lower row"]


def test_a_row_of_which_no_run_is_ok_decides_nothing(make: Any) -> None:
    records = [make(cell="elman", seed=seed, report={"claims": [FINDING]}) for seed in (0, 1)]
    (table,) = further(comparisons_of([*records, make.failed(cell="lstm", report={"claims": [FINDING]})]))
    assert cells(table)["verdict"].text == "no run of the lower row is ok"


def test_ours_stand_beside_theirs(make: Any) -> None:
    values = {"elman": [2.00, 2.10, 2.05], "lstm": [1.60, 1.71, 1.64]}
    beside, findings = claims_of(make, values, literature=PRINTED, claims=[FINDING])
    rnn = cells(beside, 0)
    assert (rnn["published.value"].text, rnn["row"].text, rnn["seeds"].text) == ("1.90", "elman", "3")
    assert rnn["difference"].value == pytest.approx(0.15)
    assert rnn["difference"].low is None and "±" not in rnn["difference"].text  # theirs has no interval, so no difference has
    assert "±" in rnn["ours"].text
    assert cells(findings)["published"].value == pytest.approx(0.4)
    assert cells(findings)["size"].text == "as published"  # 0.40 ± 0.02


def test_figures_of_other_data_differ_from_each_other_alone(make: Any) -> None:
    values = {"elman": [2.00, 2.10, 2.05], "lstm": [1.60, 1.71, 1.64]}
    figures = [{**figure, "measured_on": "another text"} for figure in PRINTED]
    beside, findings = claims_of(make, values, literature=figures, claims=[FINDING])
    assert [cells(beside, row)["difference"].value for row in (0, 1)] == [None, None]
    assert "measured on other data: another text." in "\n".join(beside.caption) and "minus the published" not in "\n".join(
        beside.caption
    )
    assert cells(findings)["published"].value == pytest.approx(0.4)
    beside, _ = claims_of(make, values, literature=[figures[0], PRINTED[1]], claims=[FINDING])
    assert [cells(beside, row)["difference"].value for row in (0, 1)] == [None, pytest.approx(0.15)]
    assert "minus the published figure" in "\n".join(beside.caption)


def test_the_size_of_an_effect_is_told(make: Any) -> None:
    values = {"elman": [2.00, 2.10, 2.05], "lstm": [1.60, 1.71, 1.64]}
    for printed, size in ((1.2, "smaller"), (1.7, "larger"), (2.2, "opposite sign")):
        figures = [PRINTED[0], {**PRINTED[1], "value": printed}]
        assert cells(claims_of(make, values, literature=figures, claims=[FINDING])[1])["size"].text == size


def test_figures_of_two_sources_make_no_difference(make: Any) -> None:
    figures = [PRINTED[0], {**PRINTED[1], "source": "B"}]
    _, table = claims_of(make, {"elman": [2.0, 2.1], "lstm": [1.6, 1.7]}, literature=figures, claims=[FINDING])
    assert cells(table)["published"].value is None and cells(table)["size"].text == "–"  # noqa: RUF001


def test_a_figure_with_our_row_leaves_the_main_table(make: Any) -> None:
    records = [make(cell=cell, report={"literature": PRINTED}) for cell in ("elman", "lstm")]
    (main,) = tables(comparisons_of(records))
    assert [row.cells[0].text for row in main.rows if row.published] == ["other (published)"]


def test_a_figure_whose_row_was_not_run_stays_in_the_main_table(make: Any) -> None:
    (main,) = tables(comparisons_of([make(cell="elman", report={"literature": PRINTED})]))
    assert [row.cells[0].text for row in main.rows if row.published] == ["LSTM (published)", "other (published)"]


def test_findings_of_other_data_are_left_out(make: Any) -> None:
    assert claims_of(make, {"elman": [2.0, 2.1], "lstm": [1.6, 1.7]}, claims=[{**FINDING, "data": "ptb_char"}]) == []


def test_the_files_hold_them(make: Any, lay: Callable[..., Path]) -> None:
    report = {"title": "Cells", "claims": [FINDING], "literature": PRINTED}
    folder = lay([make(cell=cell, seed=seed, report=report) for cell in ("elman", "lstm") for seed in (0, 1, 2)])
    assert len(make_tables(folder)) == 3
    for name in ("table.md", "table.tex"):
        assert "An LSTM reads better" in (folder / name).read_text()
    with (folder / "findings.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [line["verdict"] for line in lines] == ["", "", "holds"]
    assert float(lines[2]["p_holm"]) < 0.05
    assert "An LSTM reads better" not in (folder / "table.csv").read_text()
    for path in (folder / "records").glob("*.json"):
        path.write_text(path.read_text().replace('"claims"', '"unread"').replace('"row": {', '"row": null, "x": {'))
    for path in (folder / "records").glob("*.json"):
        path.write_text(path.read_text().replace('"literature": [', '"old": ['))
    make_tables(folder)
    assert not (folder / "findings.csv").exists()


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"claims": [{"claim": "x"}]}, "The claim 'x' does not name two rows: give better and than"),
        ({"claims": [{**FINDING, "lower": {}}]}, "does not name two rows: give better and than"),
        ({"claims": [{**FINDING, "than": 1}]}, "has than: 1: give a row as {dotted key: value}"),
        ({"claims": [{**FINDING, "than": {"cell.name": "gru"}}]}, "does not name two rows: give better and than"),
        ({"claims": [{"claim": "x", "better": {"cell.name": "gru"}}]}, "does not name two rows: give better and than"),
        ({"literature": [{**PRINTED[0], "value": "about 2"}]}, "has value 'about 2': give a number"),
        ({"literature": [{**PRINTED[0], "source": ""}]}, "has no source"),
        ({"literature": [{"name": "x"}]}, "A published figure has name: it needs name, metric, split, value, source"),
    ],
)
def test_what_cannot_be_read_is_refused(section: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=message):
        parse(section)


def test_what_a_published_figure_had_otherwise_stands_in_its_row(make: Any) -> None:
    values = {"elman": [2.00, 2.10], "lstm": [1.60, 1.71]}
    beside, _ = claims_of(make, values, literature=[{**figure, "note": "own words"} for figure in PRINTED], claims=[FINDING])
    assert [cells(beside, row)["published.inputs"].text for row in (0, 1)] == ["own words", "own words"]


def test_an_interval_that_holds_nothing_too_says_nothing_of_the_size(make: Any) -> None:
    values = {"elman": [1.90, 2.30, 2.00], "lstm": [1.70, 1.75, 1.95]}
    _, findings = claims_of(make, values, literature=PRINTED, claims=[FINDING])
    difference = cells(findings)["difference"]
    assert difference.low < 0 < 0.4 < difference.high  # the published one is 0.4
    assert cells(findings)["size"].text == "undecided"
