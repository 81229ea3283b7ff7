"""Records of a published sweep: one file, nothing lost, and every damage named with its line."""

import json
from dataclasses import asdict

import pytest

from bench.records import record, record_files
from bench.records.record import RecordError


@pytest.fixture
def packed(make, tmp_path):
    records = [make(cell=cell, seed=seed) for cell in ("gru", "lstm", "elman") for seed in (0, 1)] + [make.failed()]
    path = record_files.path_of(tmp_path)
    path.write_text(record_files.text_of(records))
    return path, records


def plain(run):
    """With the order of its keys."""
    return json.dumps(asdict(run))


def test_nothing_is_lost_the_order_of_keys_included(packed):
    path, records = packed
    back = record_files.read_all(path.parent)
    assert list(map(plain, back)) == [plain(run) for run in sorted(records, key=lambda run: run.run_id)]


def test_one_record_and_equal_values_of_other_types_survive(make, tmp_path):
    for records in ([make()], [make(config={"stack": {"dropout": value}}) for value in (0, 0.0, False, None)]):
        path = record_files.path_of(tmp_path)
        path.write_text(record_files.text_of(records))
        assert list(map(plain, record_files.read_all(tmp_path))) == list(map(plain, records))


def test_what_all_share_is_said_once(packed):
    path, records = packed
    lines = path.read_text().splitlines()
    assert len(lines) == 1 + len(records)
    assert json.loads(lines[0])["shared"]["config"]["stack"]["hidden_size"] == 128
    assert not any("hidden_size" in line for line in lines[1:])


def test_why_a_sweep_is_stale_is_kept(make, tmp_path):
    record_files.path_of(tmp_path).write_text(record_files.text_of([make()], stale="a formula changed"))
    assert record_files.stale(tmp_path) == "a formula changed"
    assert record_files.stale(tmp_path / "nowhere") is None


def test_a_file_cut_in_the_middle_of_a_line_says_which_line(packed):
    path, _ = packed
    text = path.read_text()
    cut = len("\n".join(text.split("\n")[:3])) + 20
    path.write_text(text[:cut])
    with pytest.raises(RecordError, match=r"records\.jsonl is truncated in line 4: restore the published file"):
        record_files.read_all(path.parent)


def test_a_line_that_is_no_json_or_missing_is_named(packed):
    path, records = packed
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:40], *lines[3:]]) + "\n")
    with pytest.raises(RecordError, match=r"line 3 of .*records\.jsonl is not JSON"):
        record_files.read_all(path.parent)
    path.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(RecordError, match=rf"has {len(records) - 1} records where its first line says {len(records)}"):
        record_files.read_all(path.parent)
    row = json.loads(lines[2])
    del row["metrics"]
    path.write_text("\n".join([*lines[:2], json.dumps(row), *lines[3:]]) + "\n")
    with pytest.raises(RecordError, match=r"line 3 of .* lacks 'metrics'"):
        record_files.read_all(path.parent)
    path.write_text("\n")
    with pytest.raises(RecordError, match="line 1 of"):
        record_files.read_all(path.parent)


def test_a_newer_schema_is_refused_with_its_line(packed):
    path, _ = packed
    lines = path.read_text().splitlines()
    head = json.loads(lines[0]) | {"schema": record.SCHEMA + 1}
    path.write_text("\n".join([json.dumps(head), *lines[1:]]) + "\n")
    with pytest.raises(RecordError, match=rf"in line 2 of .* has schema {record.SCHEMA + 1}, newer than"):
        record_files.read_all(path.parent)


def test_a_run_that_stands_twice_is_refused(packed, make):
    path, records = packed
    with pytest.raises(RecordError, match=f"run {records[0].run_id} is in .* twice"):
        record_files.text_of([records[0], *records])
    lines = path.read_text().splitlines()
    head = json.loads(lines[0]) | {"records": len(records) + 1}
    path.write_text("\n".join([json.dumps(head), lines[1], *lines[1:]]) + "\n")
    with pytest.raises(RecordError, match="twice: keep one of them"):
        record_files.read_all(path.parent)
