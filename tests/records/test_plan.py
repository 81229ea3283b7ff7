"""Whose records a folder holds: those of the sweep as it is defined now, in parts or whole."""

from pathlib import Path
from typing import Any

import pytest

from bench.records.plan import Planned, members, write_plan
from bench.tables import TableError, make
from bench.tables.write import records_of

CLAIM = {"claim": "x", "better": {"cell.name": "lstm"}, "than": {"cell.name": "elman"}}


def plan(folder: Path, definition: str, *runs: Any) -> None:
    write_plan(folder, [Planned(run.run_id, [], "") for run in runs], at_once=1, definition=definition)


def test_parts_of_one_definition_add_up_and_another_one_begins_anew(make: Any, tmp_path: Path) -> None:
    first, second, third = make(), make(), make()
    assert members(tmp_path) is None
    plan(tmp_path, "a", first)
    plan(tmp_path, "a", second)
    assert members(tmp_path) == {first.run_id, second.run_id}
    plan(tmp_path, "b", second, third)
    assert members(tmp_path) == {second.run_id, third.run_id}


def test_records_of_other_rows_are_left_out_and_said_to_be(make: Any, lay: Any) -> None:
    """Two depths would make the claim ambiguous: only one is of today's definition."""
    report = {"claims": [CLAIM]}
    old = [make(cell=cell, depth=2, seed=seed, report=report) for cell in ("elman", "lstm") for seed in range(3)]
    current = [make(cell=cell, depth=1, seed=seed, report=report) for cell in ("elman", "lstm") for seed in range(3)]
    folder = lay([*old, *current])
    assert "2 rows match" in " ".join(cell.text for table in tables_of(folder) for row in table.rows for cell in row.cells)
    plan(folder, "today's", *current)
    main, findings = tables_of(folder)
    assert len(main.rows) == 2 and "holds" in [cell.text for cell in findings.rows[0].cells]
    assert "Left out: 6 records of another definition of this sweep in the same folder." in " ".join(main.caption)
    assert len(records_of(folder)) == 6


def test_a_folder_of_other_rows_alone_is_refused(make: Any, lay: Any) -> None:
    folder = lay([make()])
    plan(folder, "today's", make())
    with pytest.raises(TableError, match="contains records of other rows alone"):
        records_of(folder)


def tables_of(folder: Path) -> Any:
    return make(folder)
