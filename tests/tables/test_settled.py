"""When a row has settled: rules written out on records with curves of known shape."""

from __future__ import annotations

from typing import Any

import pytest

from bench.tables.comparison import comparisons_of
from bench.tables.settled import edges, run_settled
from bench.tables.sweep_table import further, tables

CLAIM = {"claim": "An LSTM reads better", "better": {"cell.name": "lstm"}, "than": {"cell.name": "elman"}}


def trained(best: int, steps: int = 1000, values: list[float] | None = None) -> dict[str, Any]:
    return {
        "steps": steps,
        "epochs": 10,
        "best_step": best,
        "curve": {"step": [], "validation_step": [], "validation": values or []},
    }


@pytest.mark.parametrize(("best", "settled"), [(500, True), (899, True), (900, False), (950, False), (1000, False)])
def test_a_best_validation_in_the_last_tenth_has_not_settled(make: Any, best: int, settled: bool) -> None:
    assert run_settled(make(train=trained(best))) is settled


@pytest.mark.parametrize(
    ("values", "patience", "settled"),
    [
        ([3.0, 2.0, 1.0, 1.1, 1.2], 2, True),  # lower is better: two in a row were not
        ([3.0, 2.0, 1.0, 1.1, 0.9], 2, False),
        ([3.0, 2.0, 1.0, 1.0, 1.0], 2, True),  # equals are no improvement, though the last is kept
        ([3.0, 2.0, 1.0, 1.1, 1.2], None, False),
        ([3.0, 2.0], 2, False),
    ],
)
def test_early_stopping_settles(make: Any, values: list[float], patience: int | None, settled: bool) -> None:
    assert run_settled(make(train=trained(1000, values=values), config={"trainer": {"patience": patience}})) is settled


def test_what_is_counted_has_no_budget(make: Any) -> None:
    assert run_settled(make(train={"seconds": 1.0, "steps": 0, "best_step": 0}))


@pytest.mark.parametrize(
    ("tried", "best", "at_edge"),
    [([0.1, 0.2, 0.4], 0.2, False), ([0.1, 0.2, 0.4], 0.1, True), ([0.1, 0.2, 0.4], 0.4, True), ([0.1, 0.2], 0.1, True),
     ([0.0, 0.2, 0.4], 0.0, False), ([0.2], 0.2, False)],
)  # fmt: skip
def test_a_tuned_value_at_an_edge_of_its_grid(make: Any, tried: list[float], best: float, at_edge: bool) -> None:
    report = {"tune": {"optimiser.lr": []}}
    records = [
        make(cell=cell, lr=lr, validation=abs(lr - best), test=1.0, report=report) for cell in ("gru", "lstm") for lr in tried
    ]
    (comparison,) = comparisons_of(records)
    assert [bool(edges(row, comparison.grouping.tuned_keys)) for row in comparison.rows] == [at_edge, at_edge]


def test_what_is_counted_has_no_edge(make: Any) -> None:
    """Beside rows that are tuned it was run with each value, and none is better than another."""
    report = {"tune": {"optimiser.lr": []}}
    records = [make(lr=lr, seed=0, validation=1.0, train={"seconds": 1.0, "steps": 0}, report=report) for lr in (0.1, 0.2, 0.4)]
    (comparison,) = comparisons_of(records)
    assert edges(comparison.rows[0], comparison.grouping.tuned_keys) == []


def findings(records: list[Any]) -> dict[str, Any]:
    (table,) = further(comparisons_of(records))
    return {column.key: cell for column, cell in zip(table.columns, table.rows[0].cells, strict=True)}


def rows(make: Any, best: int, **settings: Any) -> list[Any]:
    return [
        make(cell=cell, seed=seed, test=level + 0.01 * seed, train=trained(best), report={"claims": [CLAIM]}, **settings)
        for cell, level in (("elman", 2.0), ("lstm", 1.5))
        for seed in range(3)
    ]


def test_a_finding_whose_budget_still_decides_is_open(make: Any) -> None:
    finding = findings(rows(make, 1000))
    assert (finding["verdict"].text, finding["settled"].text) == ("open: decided by the budget", "no")
    assert finding["difference"].value == pytest.approx(0.5) and "*" not in finding["difference"].text
    assert finding["p_holm"].value is None and finding["budget"].text == "1,000 steps, 10 epochs"
    finding = findings(rows(make, 500))
    assert (finding["verdict"].text, finding["settled"].text) == ("holds", "yes")


def test_one_seed_of_one_row_keeps_it_open(make: Any) -> None:
    records = rows(make, 500)
    records[2].train["best_step"] = 1000
    assert findings(records)["verdict"].text == "open: decided by the budget"


def test_open_findings_do_not_count_in_the_correction(make: Any) -> None:
    other = {"claim": "A GRU too", "better": {"cell.name": "gru"}, "than": {"cell.name": "elman"}}
    records = rows(make, 500) + [
        make(cell="gru", seed=seed, test=1.4, train=trained(1000), report={"claims": [CLAIM]}) for seed in range(3)
    ]
    alone = findings(records)["p_holm"].value
    for record in records:
        record.config["sweep"]["claims"] = [CLAIM, other]
    assert findings(records)["p_holm"].value == alone


@pytest.mark.parametrize(("lstm", "verdict"), [(1.45, "holds"), (1.9, "open: decided by the budget")])
def test_twice_the_budget_decides_where_a_schedule_anneals(make: Any, lstm: float, verdict: str) -> None:
    """Seeds spread by 0.01, the half width is 0.023: of seed 0 the LSTM gains 0.05, as the plain cell does, or loses 0.4."""
    checks = [
        make(cell=cell, seed=0, test=test, train=trained(2000, 2000), report={"claims": [CLAIM], "budget_check": True},
             config={"trainer": {"epochs": 8}})
        for cell, test in (("elman", 1.95), ("lstm", lstm))
    ]  # fmt: skip
    records = rows(make, 1000)
    finding = findings(records + checks)
    assert finding["verdict"].text == verdict and finding["seeds"].text == "3 / 3"  # no rows, no seeds
    (table,) = tables(comparisons_of(records + checks))
    assert len(table.rows) == 2
    assert findings(records + checks[:1])["verdict"].text == "open: decided by the budget"  # of one row alone


def test_a_check_of_another_setting_is_none(make: Any) -> None:
    checks = [
        make(cell=cell, seed=0, test=test, lr=0.1, train=trained(2000, 2000), report={"claims": [CLAIM], "budget_check": True},
             config={"trainer": {"epochs": 8}})
        for cell, test in (("elman", 1.95), ("lstm", 1.45))
    ]  # fmt: skip
    assert findings(rows(make, 1000) + checks)["verdict"].text == "open: decided by the budget"


def test_rows_that_differ_in_more_than_the_finding_names_are_not_judged(make: Any) -> None:
    records = [
        make(cell=cell, seed=seed, test=level + 0.01 * seed, train=trained(500), report={"claims": [CLAIM]},
             config={"trainer": {"epochs": epochs}, "cell": {"forget_bias": 1.0 if cell == "lstm" else None}})
        for cell, level, epochs in (("elman", 2.0, 4), ("lstm", 1.5, 5))
        for seed in range(3)
    ]  # fmt: skip
    assert findings(records)["verdict"].text == "not judged: the rows also differ in trainer.epochs"
    named = {**CLAIM, "better": {"cell.name": "lstm", "trainer.epochs": 5}}
    for record in records:
        record.config["sweep"]["claims"] = [named]
    assert findings(records)["verdict"].text == "holds"
