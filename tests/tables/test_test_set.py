"""The error of the test set stands beside that of the seeds, the wider one is drawn, and both are as other code has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from bench.records import output_files, record
from bench.records.output_files import Scored
from bench.records.record import Record
from bench.tables import TableError
from bench.tables.table import Cell, Table
from bench.tables.write import write_tables

Lay = Callable[..., Path]
ITEMS = 400
CLAIM = {"claim": "A GRU answers better", "better": {"cell.name": "gru"}, "than": {"cell.name": "elman"}}
REPORT = {"title": "Answers", "baseline": {"cell.name": "elman"}, "claims": [CLAIM]}
TIMES_ERROR = 1.959964
WITHIN = 0.1
"""A standard deviation of 1,000 draws is known to 2 %."""


def answers(make: Any, folder: Path, hits: dict[str, list[np.ndarray]]) -> None:
    """Runs of a task with one class an item; `hits`: by cell and seed, which items are right."""
    for cell, runs in hits.items():
        for seed, right in enumerate(runs):
            run = scored(make(cell=cell, seed=seed, report=REPORT), "accuracy", 100 * float(right.mean()))
            output = [["yes" if hit else "no"] for hit in right]
            output_files.write(folder, run.run_id, Scored("test", "classes", output, [[["yes"]]] * len(right)))
            record.write(run, folder)


def scored(run: Record, metric: str, value: float) -> Record:
    entry = {"value": value, "unit": "%", "better": "higher", "count": ITEMS, "signature": None}
    return replace(run, metrics={"validation": {metric: entry}, "test": {metric: entry}})


def hits(rate: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(ITEMS) < rate


def line(table: Table, name: str) -> dict[str, Cell]:
    row = next(row for row in table.rows if row.cells[0].text == name)
    return {column.key: cell for column, cell in zip(table.columns, row.cells, strict=True)}


def half(cell: Cell) -> float:
    assert cell.low is not None and cell.high is not None
    return (cell.high - cell.low) / 2


def of_items(cell: Cell) -> float:
    assert isinstance(cell.value, float)
    return cell.value


def test_of_answers_the_error_is_the_binomial_one(make: Any, lay: Lay) -> None:
    """Three seeds that answer alike: their mean is one such answer, and their spread none."""
    folder, right = lay([]), hits(0.8, 0)
    answers(make, folder, {"elman": [right] * 3})
    (table, *_) = write_tables(folder)
    cells = line(table, "elman")
    p = right.mean()
    expected = TIMES_ERROR * 100 * math.sqrt(p * (1 - p) / ITEMS)
    assert of_items(cells["items.test.accuracy"]) == pytest.approx(expected, rel=WITHIN)
    assert of_items(cells["seeds.test.accuracy"]) == 0.0
    assert half(cells["test.accuracy"]) == pytest.approx(of_items(cells["items.test.accuracy"]))
    assert "or of that over the test items where it is wider" in " ".join(table.caption)


def test_seeds_that_miss_different_items_make_a_mean_that_depends_less_on_them(make: Any, lay: Lay) -> None:
    folder, runs = lay([]), [hits(0.5, seed) for seed in range(4)]
    answers(make, folder, {"elman": runs})
    mean_by_item = np.mean(runs, axis=0)
    expected = TIMES_ERROR * 100 * mean_by_item.std() / math.sqrt(ITEMS)
    assert of_items(line(write_tables(folder)[0], "elman")["items.test.accuracy"]) == pytest.approx(expected, rel=WITHIN)


def test_the_difference_of_two_rows_is_paired_over_items(make: Any, lay: Lay) -> None:
    """Both miss the same items but ten, so the difference is far better known than either score."""
    folder, elman = lay([]), hits(0.6, 1)
    gru = elman.copy()
    gru[np.flatnonzero(~elman)[:10]] = True
    answers(make, folder, {"elman": [elman] * 3, "gru": [gru] * 3})
    table, findings = write_tables(folder)
    gaps = gru.astype(float) - elman
    expected = TIMES_ERROR * 100 * gaps.std() / math.sqrt(ITEMS)
    difference = line(table, "gru")["difference.test.accuracy"]
    assert difference.value == pytest.approx(2.5)
    assert half(difference) == pytest.approx(expected, rel=WITHIN)
    assert half(difference) < half(line(table, "gru")["test.accuracy"]) / 2
    finding = {column.key: cell for column, cell in zip(findings.columns, findings.rows[0].cells, strict=True)}
    assert finding["error_of"].text == "items"
    assert half(finding["difference"]) == pytest.approx(half(difference))
    shown = (1.959964 + 0.841621) * expected / TIMES_ERROR  # two-sided 5 %, power 80 %, of a normal difference
    assert finding["detectable"].value == pytest.approx(shown, rel=WITHIN)


def test_seeds_that_agree_on_too_few_items_decide_nothing(make: Any, lay: Lay) -> None:
    """The seeds alone would say p < 0.001: each row's three are alike, and two items make the difference."""
    folder, elman = lay([]), hits(0.6, 2)
    gru = elman.copy()
    gru[np.flatnonzero(~elman)[:2]] = True
    answers(make, folder, {"elman": [elman] * 3, "gru": [gru] * 3})
    findings = write_tables(folder)[1]
    finding = {column.key: cell for column, cell in zip(findings.columns, findings.rows[0].cells, strict=True)}
    assert finding["verdict"].text == "undecided with these seeds and test items"
    assert isinstance(finding["p_holm"].value, float) and finding["p_holm"].value > 0.1


def test_where_seeds_move_more_than_items_theirs_is_drawn(make: Any, lay: Lay) -> None:
    folder = lay([])
    answers(make, folder, {"elman": [hits(rate, 3) for rate in (0.3, 0.6, 0.9)]})
    cells = line(write_tables(folder)[0], "elman")
    assert half(cells["test.accuracy"]) == pytest.approx(of_items(cells["seeds.test.accuracy"]))
    assert of_items(cells["seeds.test.accuracy"]) > of_items(cells["items.test.accuracy"])


def test_one_seed_has_no_interval_however_many_items(make: Any, lay: Lay) -> None:
    folder = lay([])
    answers(make, folder, {"elman": [hits(0.2, 4)], "gru": [hits(0.9, 5)]})
    (table, *_) = write_tables(folder)
    assert all(line(table, name)["test.accuracy"].low is None for name in ("elman", "gru"))
    assert not any(line(table, name)["test.accuracy"].best for name in ("elman", "gru"))
    assert of_items(line(table, "gru")["items.test.accuracy"]) > 1


def test_a_row_without_all_of_its_outputs_says_so(make: Any, lay: Lay) -> None:
    folder = lay([])
    answers(make, folder, {"elman": [hits(0.2, 6)] * 3, "gru": [hits(0.9, 7)] * 3})
    next(iter((folder / "outputs").glob("*.json"))).unlink()
    (table, *_) = write_tables(folder)
    assert [line(table, name)["items.test.accuracy"].value is None for name in ("elman", "gru")].count(True) == 1
    assert "where the outputs of a run are not kept" in " ".join(table.caption)


def test_outputs_of_another_run_make_no_table(make: Any, lay: Lay) -> None:
    folder = lay([])
    answers(make, folder, {"elman": [hits(0.2, 8), hits(0.4, 9), hits(0.6, 10)]})
    paths = sorted((folder / "outputs").glob("*.json"))
    paths[0].write_text(paths[1].read_text())
    with pytest.raises(TableError, match="belong to another run"):
        write_tables(folder)


def test_of_bleu_the_error_is_that_of_sacrebleus_bootstrap(make: Any, lay: Lay) -> None:
    source, folder = np.random.default_rng(11), lay([])
    words = ["a", "man", "in", "two", "blue", "shirts", "sits", "on", "the", "wall"]
    right = [[str(word) for word in source.choice(words, 8)] for _ in range(150)]
    output = [[word if source.random() < 0.8 else "dog" for word in text] for text in right]
    lines, ways = ([" ".join(text) for text in side] for side in (output, right))
    judged: Any = BLEU(tokenize="none", force=True).corpus_score(lines, [ways], n_bootstrap=1000)
    for seed in range(3):
        run = scored(make(cell="elman", seed=seed, report=REPORT), "bleu", judged.score)
        output_files.write(folder, run.run_id, Scored("test", "13a", output, [[reference] for reference in right]))
        record.write(run, folder)
    assert of_items(line(write_tables(folder)[0], "elman")["items.test.bleu"]) == pytest.approx(judged._ci, rel=WITHIN)
