"""The table: its columns, its numbers, what is bold, what failed, what others published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.stats.intervals import t_interval
from bench.tables.comparison import comparisons_of
from bench.tables.sweep_table import tables
from bench.tables.table import Cell, Table


def only(records: Any) -> Table:
    (table,) = tables(comparisons_of(records))
    return table


def cells(table: Table, key: str) -> list[Cell]:
    index = [column.key for column in table.columns].index(key)
    return [row.cells[index] for row in table.rows]


def texts(table: Table, key: str) -> list[str]:
    return [cell.text for cell in cells(table, key)]


def three(make: Any, centre: float, spread: float, **settings: Any) -> list[Any]:
    return [make(seed=seed, test=centre + spread * (seed - 1), **settings) for seed in range(3)]


def test_columns_of_a_tuned_sweep(make: Any) -> None:
    table = only(make.sweep())
    assert [column.heading for column in table.shown().columns] == [
        "cell",
        "depth",
        "lr",
        "seeds",
        "parameters",
        "test nats per char ↓",
        "difference",
        "p",
        "test bits per char ↓",
        "test perplexity ↓",
        "validation nats per char ↓",
        "train tokens/s ↑",
        "speed ratio ↑",
        "peak memory MiB",
    ]
    assert len(table.rows) == 8


def test_a_tuned_key_of_words_is_no_column_of_numbers(make: Any) -> None:
    report = {"tune": {"optimiser.name": [], "optimiser.lr": []}}
    config = {"name": "adam", "lr": 0.01}
    records = [
        replace(run, config={**run.config, "optimiser": {**config, "name": name}})
        for cell in ("gru", "lstm")
        for name, run in (("adam", make(cell=cell, test=1.5, report=report)), ("sgd", make(cell=cell, test=1.6, report=report)))
    ]
    numeric = {column.key: column.numeric for column in only(records).columns}
    assert numeric["optimiser.name"] is False
    lrs = only([make(cell=cell, lr=lr, report={"tune": {"optimiser.lr": []}}) for cell in ("gru", "lstm") for lr in (0.1, 0.2)])
    assert next(column.numeric for column in lrs.columns if column.key == "optimiser.lr")


def test_without_a_test_split_validation_is_shown_once(make: Any) -> None:
    table = only([make(cell=cell, test=None) for cell in ("gru", "lstm")])
    metrics = [column.key for column in table.columns if column.key.endswith("_per_char")]
    assert metrics == ["validation.nats_per_char", "validation.bits_per_char"]


def test_the_cell_is_the_mean_over_seeds_with_its_t_interval(make: Any) -> None:
    table = only([make(seed=seed, test=value) for seed, value in enumerate((1.500, 1.504, 1.508))])
    (cell,) = cells(table, "test.nats_per_char")
    expected = t_interval([1.500, 1.504, 1.508])
    assert (cell.value, cell.low, cell.high, cell.n) == (expected.centre, expected.low, expected.high, 3)
    assert cell.text == "1.504 ± 0.010"  # 4.30265 * 0.004 / sqrt(3) = 0.0099


def test_bold_only_where_the_interval_stands_clear(make: Any) -> None:
    clear = only(three(make, 1.5, 0.001, cell="lstm") + three(make, 1.6, 0.001, cell="gru"))
    assert [cell.best for cell in cells(clear, "test.nats_per_char")] == [True, False]
    overlapping = only(three(make, 1.5, 0.04, cell="lstm") + three(make, 1.6, 0.04, cell="gru"))
    assert [cell.best for cell in cells(overlapping, "test.nats_per_char")] == [False, False]


def test_one_seed_is_never_bold(make: Any) -> None:
    table = only([make(cell="lstm", test=1.0), make(cell="gru", test=2.0)])
    assert not any(cell.best for cell in cells(table, "test.nats_per_char"))


def test_rows_scored_on_unequal_numbers_of_items_are_not_ranked(make: Any) -> None:
    records = three(make, 1.5, 0.001, cell="lstm")
    for record in records:
        record.metrics["test"]["nats_per_char"]["count"] = 50_000
    table = only(records + three(make, 1.6, 0.001, cell="gru"))
    assert not any(cell.best for cell in cells(table, "test.nats_per_char"))
    assert cells(table, "test.bits_per_char")[0].best
    assert any("50,000 to 55,770 items" in sentence for sentence in table.caption)


def test_failed_seeds_are_counted(make: Any) -> None:
    table = only([*(make(seed=seed) for seed in (0, 1)), make.failed(seed=2), *(make(cell="gru", seed=s) for s in (0, 1))])
    assert texts(table, "seeds") == ["2 of 3", "2"]
    assert cells(table, "test.nats_per_char")[0].n == 2


def test_a_run_whose_test_metric_is_not_finite_is_no_part_of_the_mean_and_is_counted(make: Any) -> None:
    runs = [make(seed=seed, test=1.5) for seed in (0, 1)]
    endless = [make(seed=2), make(cell="gru")]
    for run in endless:
        run.metrics["test"]["nats_per_char"]["value"] = None  # as JSON has it
    table = only([*runs, *endless])
    assert texts(table, "seeds") == ["2 of 3", "0 of 1"]
    assert cells(table, "test.nats_per_char")[0].n == 2
    assert texts(table, "test.nats_per_char")[1] == "not finite"
    assert any("2 of 4 runs are not ok: 2 not finite." in sentence for sentence in table.caption)


def test_a_value_chosen_by_validation_stays_chosen_where_its_test_metric_is_not_finite(make: Any) -> None:
    report = {"tune": {"optimiser.lr": []}}
    tried = [make(lr=lr, seed=0, validation=value, report=report) for lr, value in ((0.001, 1.6), (0.002, 1.5))]
    tried[1].metrics["test"]["nats_per_char"]["value"] = None
    table = only([*tried, *(make(cell="gru", lr=lr, report=report) for lr in (0.001, 0.002))])
    assert texts(table, "optimiser.lr")[0] == "0.002" and texts(table, "seeds")[0] == "0 of 1"
    assert any("1 of 4 runs is not ok: 1 not finite." in sentence for sentence in table.caption)


def test_a_row_without_an_ok_run_shows_its_status(make: Any) -> None:
    fine = make(cell="gru")
    lost = [make.failed("diverged", cell="lstm", seed=0), make.failed("out_of_memory", cell="lstm", seed=1)]
    table = only([fine, *lost])
    assert texts(table, "cell.name") == ["gru", "lstm"]
    assert texts(table, "seeds") == ["1", "0 of 2"]
    assert texts(table, "test.nats_per_char")[1] == "1 diverged, 1 out of memory"
    assert texts(table, "test.perplexity")[1] == "–"  # noqa: RUF001


def test_a_sweep_of_which_nothing_is_ok_still_has_a_table(make: Any) -> None:
    table = only([make.failed("killed", cell=cell, data={}, parameters=None, train={}) for cell in ("gru", "lstm")])
    assert texts(table, "status") == ["killed", "killed"]
    assert (table.data_name, table.data_sha256) == ("", "")


def test_two_data_sets_give_two_tables_with_names(make: Any) -> None:
    other = {**make().data, "name": "tinyshakespeare", "sha256": "ff" * 32}
    of_two = tables(comparisons_of([make(), make(data=other, test=None), make(cell="gru", data=other, test=None)]))
    assert [(table.data_name, table.data_sha256[:2], len(table.rows)) for table in of_two] == [
        ("pydocs", "ab", 1),
        ("tinyshakespeare", "ff", 2),
    ]
    assert "tinyshakespeare ffffffff" in of_two[1].title
    assert of_two[0].columns[4].key == "test.bits_per_char" and of_two[1].columns[3].key == "validation.nats_per_char"


PUBLISHED = {
    "name": "word_language_model",
    "metric": "nats_per_char",
    "split": "test",
    "value": "1.0",
    "source": "pytorch/examples",
    "note": "LSTM 2x256",
}


def test_a_published_figure_stands_last_and_is_never_bold(make: Any) -> None:
    records = three(make, 1.5, 0.001, cell="lstm", report={"literature": [PUBLISHED]})
    table = only(records + three(make, 1.6, 0.001, cell="gru", report={"literature": [PUBLISHED]}))
    assert [row.published for row in table.rows] == [False, False, True]
    assert table.rows[-1].source == "pytorch/examples"
    assert table.rows[-1].cells[0].text == "word_language_model (published)"
    assert not any(cell.best for cell in table.rows[-1].cells)
    assert [cell.best for cell in cells(table, "test.nats_per_char")] == [True, False, False]  # ours stays bold
    assert texts(table, "test.nats_per_char")[-1] == "1.0"  # as printed
    assert any("word_language_model (LSTM 2x256): pytorch/examples" in sentence for sentence in table.provenance)


def test_a_published_figure_of_another_data_set_is_left_out(make: Any) -> None:
    report = {"literature": [{**PUBLISHED, "data": "tinyshakespeare"}, {**PUBLISHED, "name": "here", "data": "pydocs"}]}
    table = only([make(report=report)])
    assert [row.cells[0].text for row in table.rows if row.published] == ["here (published)"]


def test_a_published_figure_brings_its_detail_column_into_view(make: Any) -> None:
    def shown(published: list[Any]) -> bool:
        table = only([make(report={"literature": published})])
        return any(column.key == "validation.bits_per_char" for column in table.shown().columns)

    assert not shown([])
    assert shown([{**PUBLISHED, "split": "validation", "metric": "bits_per_char"}])


def test_a_published_figure_without_a_column_is_told_below(make: Any) -> None:
    table = only([make(report={"literature": [{**PUBLISHED, "metric": "chrf"}]})])
    assert not any(row.published for row in table.rows)
    assert any("test chrf 1.0" in sentence for sentence in table.provenance)


def test_a_published_figure_needs_a_source(make: Any) -> None:
    with pytest.raises(ValueError, match="source"):
        only([make(report={"literature": [{**PUBLISHED, "source": ""}]})])


def test_the_newest_record_speaks_for_the_sweep(make: Any) -> None:
    records = [make(cell="gru", report={"title": "Old"}), make(cell="lstm", report={"title": "New"})]
    assert only(records[::-1]).title == "New"


def test_rows_of_which_only_the_speed_was_asked_have_no_status(make: Any) -> None:
    rows = [make(cell=cell, metrics={}, speed=make.speed(rate)) for cell, rate in (("lstm", 100.0), ("gru", 50.0))]
    table = only(rows)
    assert "status" not in [column.key for column in table.columns]
    assert texts(table, "cell.name") == ["lstm", "gru"]
    assert all(cell.value for cell in cells(table, "speed.train_tokens_per_second"))
