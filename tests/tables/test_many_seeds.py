"""Rows of many seeds: which are drawn run by run, and the sentence on two seeds of one row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.tables import many_seeds, write
from bench.tables.comparison import comparisons_of


def test_rows_of_ten_seeds_are_drawn_run_by_run_and_no_others(make: Any) -> None:
    runs = [make(cell="lstm", seed=seed, test=1.5 + 0.01 * seed) for seed in range(10)]
    runs += [make(cell="gru", seed=seed, test=1.4) for seed in range(9)]
    (comparison,) = comparisons_of(runs)
    assert comparison.primary is not None
    (row,) = many_seeds.rows_as_points(comparison, comparison.primary)
    assert row.name == "lstm" and row.values == [(seed, 1.5 + 0.01 * seed) for seed in range(10)]
    (sentence,) = many_seeds.sentences(comparison)
    assert sentence.startswith(
        "Two seeds of a row differ in test nats per char by (median of all pairs; 95 of 100 pairs; most): "
    )
    assert sentence.endswith(": lstm 0.03, 0.078, 0.09.")


def test_the_figure_and_the_sentence_stand_with_the_table(make: Any, lay: Any) -> None:
    folder: Path = lay([make(cell="lstm", seed=seed, test=1.5 + 0.01 * seed) for seed in range(12)])
    write.write_tables(folder)
    drawn = (folder / "figures" / "seeds.svg").read_text()
    assert drawn.count("<title>lstm, seed ") == 12 and drawn.count("<title>lstm, mean: ") == 1
    assert "Two seeds of a row differ" in (folder / "table.md").read_text()
