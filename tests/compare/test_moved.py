"""`python -m bench.compare A B`: which rows moved, by which test, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import verb
from scipy import stats

from bench.compare.moved import moved
from bench.tables import TableError
from bench.tables.table import Cell, Table

main = verb("compare")

Lay = Callable[..., Path]
NOISE = (0.0, 0.5, -0.3, 0.2, 0.1)
"""What a seed does to every row: much more than the shifts that are looked for."""


@pytest.fixture
def folders(make: Any, lay: Lay) -> Callable[..., tuple[Path, Path]]:
    """Two folders of the cells elman, gru, lstm; `shifts`: by cell, what is added to the seeds of the second."""

    def pair(shifts: dict[str, list[float]], *, seeds: int = 3, first: int = 0, **settings: Any) -> tuple[Path, Path]:
        def records(by_cell: dict[str, list[float]], start: int) -> list[Any]:
            return [
                make(cell=cell, seed=start + i, test=level + NOISE[i] + (by_cell.get(cell) or [0.0] * seeds)[i], **settings)
                for cell, level in (("elman", 2.0), ("gru", 1.5), ("lstm", 1.0))
                for i in range(seeds)
            ]

        return lay(records({}, 0), name="old"), lay(records(shifts, first), name="new")

    return pair


def by_cell(table: Table, key: str) -> dict[str, Cell]:
    position = next(index for index, column in enumerate(table.columns) if column.key == key)
    return {row.cells[0].text: row.cells[position] for row in table.rows}


def verdicts(table: Table) -> list[str]:
    return [cell.text for cell in by_cell(table, "verdict").values()]


def test_a_folder_beside_itself_has_not_moved(make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lay(make.sweep())
    assert main([str(folder), str(folder)]) == 0
    assert capsys.readouterr().out.count("within noise") == 8


def test_a_small_shift_under_large_seed_noise_is_found_in_pairs(folders: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The noise of the seeds is a hundred times the shift; it is in both runs of a seed, and cancels."""
    old, new = folders({"gru": [0.0100, 0.0101, 0.0099], "lstm": [0.01, -0.01, 0.0]})
    (table,), any_moved = moved(old, new)
    assert any_moved and main([str(old), str(new)]) == 1
    assert verdicts(table) == ["within noise", "worse", "within noise"]
    gru = by_cell(table, "difference")["gru"]
    assert gru.value == pytest.approx(0.01) and gru.low is not None and gru.low > 0 and gru.text.endswith(" *")
    raw = stats.ttest_1samp([0.0100, 0.0101, 0.0099], 0.0).pvalue
    assert by_cell(table, "p_holm")["gru"].value == pytest.approx(3 * raw, rel=1e-3)  # Holm over three rows
    assert "worse" in capsys.readouterr().out


def test_better_follows_the_direction_of_the_metric(folders: Any) -> None:
    (table,), _ = moved(*folders({"gru": [-0.0100, -0.0101, -0.0099]}))
    assert verdicts(table) == ["within noise", "better", "within noise"]


def test_rows_without_common_seeds_are_tested_unpaired(folders: Any) -> None:
    """The same shift drowns; a larger one is found, with Welch's interval."""
    (small,), _ = moved(*folders({"gru": [0.0100, 0.0101, 0.0099]}, first=10))
    assert verdicts(small) == ["within noise"] * 3
    shift = [4.0, 4.2, 3.7]
    (large,), any_moved = moved(*folders({"gru": shift}, first=10))
    assert any_moved and verdicts(large) == ["within noise", "worse", "within noise"]
    old = [1.5 + noise for noise in NOISE[:3]]
    expected = stats.ttest_ind([a + b for a, b in zip(old, shift, strict=True)], old, equal_var=False).confidence_interval()
    difference = by_cell(large, "difference")["gru"]
    assert (difference.low, difference.high) == pytest.approx((expected.low, expected.high))
    assert by_cell(large, "test")["gru"].text == "Welch's t"


def test_the_correction_holds_back_what_one_row_alone_would_claim(folders: Any) -> None:
    shift = [0.10, 0.16, 0.20]
    assert 0.025 < stats.ttest_1samp(shift, 0.0).pvalue < 0.05
    (table,), any_moved = moved(*folders({"gru": shift}))
    assert not any_moved and by_cell(table, "difference")["gru"].low > 0  # type: ignore[operator]


def test_one_seed_is_no_noise_to_judge_by(folders: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder) for folder in folders({}, seeds=1)]) == 0
    assert main([str(folder) for folder in folders({"gru": [0.1]}, seeds=1)]) == 2
    assert "the noise is unknown" in capsys.readouterr().err


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_row_of_too_few_seeds_beside_others_is_told_and_has_no_interval(seeds: int, make: Any, lay: Lay) -> None:
    """However alike two seeds move: Student's interval of two is 12.7 errors wide, and says nothing."""

    def records(shift: float) -> list[Any]:
        counted = [make(cell="elman", seed=seed, test=2.0 + NOISE[seed] + shift * (1 + seed / 1000)) for seed in range(seeds)]
        return [*counted, *(make(cell="gru", seed=seed, test=1.5 + NOISE[seed]) for seed in range(3))]

    (table,), any_moved = moved(lay(records(0.0), name="old"), lay(records(0.1), name="new"))
    assert verdicts(table) == ["unknown: fewer than 3 seeds", "within noise"] and not any_moved
    moved_row = by_cell(table, "difference")["elman"]
    assert (moved_row.low, moved_row.high) == (None, None) and "±" not in moved_row.text and "*" not in moved_row.text
    assert by_cell(table, "p_holm")["elman"].value is None


def test_a_row_that_fails_now_has_moved(make: Any, lay: Lay) -> None:
    gru = [make(cell="gru", seed=seed) for seed in range(3)]
    old = lay([*gru, *(make(cell="lstm", seed=seed) for seed in range(3))], name="old")
    new = lay([*gru, *(make.failed("diverged", cell="lstm", seed=seed) for seed in range(3))], name="new")
    (table,), any_moved = moved(old, new)
    assert any_moved and verdicts(table) == ["within noise", "no longer ok"]
    assert verdicts(moved(new, old)[0][0]) == ["within noise", "ok now"]


def test_rows_meet_although_the_folders_have_other_label_columns(make: Any, lay: Lay) -> None:
    """One folder varies the cell alone, the other the depth too."""
    old = lay([make(cell=cell, seed=seed, depth=2) for cell in ("gru", "lstm") for seed in (0, 1)], name="old")
    new = lay([make(cell="gru", depth=depth, seed=seed) for depth in (1, 2) for seed in (0, 1)], name="new")
    (table,), _ = moved(old, new)
    assert [[cell.text for cell in row.cells[:2]] for row in table.rows] == [["gru", "2"]]
    assert "Only in" in "\n".join(table.caption) and "lstm, depth 2" in "\n".join(table.caption)


def test_what_else_differs_is_told(make: Any, lay: Lay) -> None:
    old = lay([make(cell=cell, seed=seed) for cell in ("gru", "lstm") for seed in (0, 1)], name="old")
    longer = {"trainer": {"epochs": 8}}
    new = lay([make(cell=cell, seed=seed, config=longer) for cell in ("gru", "lstm") for seed in (0, 1)], name="new")
    (table,), _ = moved(old, new)
    assert "The configurations differ in trainer.epochs 4 / 8." in table.caption


def test_only_the_data_that_both_have_are_compared(make: Any, lay: Lay) -> None:
    other = {**make().data, "name": "tinyshakespeare", "sha256": "ff" * 32}
    runs = [*(make(seed=seed) for seed in (0, 1)), *(make(seed=seed, data=other, test=None) for seed in (0, 1))]
    tables, _ = moved(lay(runs, name="old"), lay(runs[2:], name="new"))
    assert [table.data_name for table in tables] == ["tinyshakespeare"]


@pytest.mark.parametrize("wrong", ["missing", "empty", "other data", "other rows", "failed"])
def test_what_cannot_be_compared_is_refused_in_one_sentence(
    wrong: str, make: Any, lay: Lay, capsys: pytest.CaptureFixture[str]
) -> None:
    old = lay([make(seed=0), make(seed=1)], name="old")
    new = old.parent / wrong
    if wrong == "empty":
        new.mkdir()
    elif wrong == "other data":
        lay([make(seed=seed, data={**make().data, "sha256": "cd" * 32}) for seed in (0, 1)], name=wrong)
    elif wrong == "other rows":
        lay([make(cell=cell, seed=seed) for cell in ("gru", "elman") for seed in (0, 1)], name=wrong)
    elif wrong == "failed":
        lay([make.failed(seed=seed) for seed in (0, 1)], name=wrong)
    assert main([str(old), str(new)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and str(new) in printed.err and printed.err.endswith(".\n")


def test_figures_of_unlike_scoring_are_refused(make: Any, lay: Lay) -> None:
    def signed(signature: str, seed: int) -> Any:
        run = make(seed=seed)
        run.metrics["test"]["nats_per_char"]["signature"] = signature
        return run

    old, new = (lay([signed(word, seed) for seed in (0, 1)], name=word) for word in ("v1", "v2"))
    with pytest.raises(TableError, match="scored in different ways"):
        moved(old, new)


@pytest.mark.parametrize("words", [["a"], ["a", "b", "c"], ["a", "b", "--by-sentence"]])
def test_the_number_of_folders_is_checked(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "folders are given: give" in capsys.readouterr().err


def test_a_row_of_which_more_runs_fail_has_moved(make: Any, lay: Lay) -> None:
    old = lay([make(cell="gru", seed=seed, test=1.5 + NOISE[seed]) for seed in range(4)], name="old")
    seeds = [make(cell="gru", seed=seed, test=1.5 + NOISE[seed], status="ok" if seed < 3 else "diverged") for seed in range(4)]
    (table,), any_moved = moved(old, lay(seeds, name="new"))
    assert any_moved and verdicts(table) == ["more runs fail"]
    (table,), any_moved = moved(lay(seeds, name="one"), lay(seeds, name="other"))
    assert not any_moved and verdicts(table) == ["within noise"]
    (table,), any_moved = moved(lay(seeds, name="before"), old)
    assert not any_moved


def test_data_that_differ_by_a_stated_key_are_compared_row_by_row(make: Any, lay: Lay) -> None:
    def sweep(name: str, *, other: str = "b") -> Path:
        return lay(
            [
                make(
                    seed=seed,
                    test=1.0 + length + NOISE[seed],
                    report={"across": ["data.length"]},
                    config={"data": {"name": "generated", "length": length}},
                    data={"name": "generated", "sha256": sha256, "splits": {"test": 10}, "unit": "rows", "notes": []},
                )
                for length, sha256 in ((1, "a"), (2, other))
                for seed in range(3)
            ],
            name=name,
        )

    (table,), any_moved = moved(sweep("first"), sweep("second"))
    assert not any_moved and verdicts(table)[0] == "within noise" and len(table.rows) == 2
    with pytest.raises(TableError, match="was scored in different ways"):
        moved(sweep("third"), sweep("fourth", other="c"))
