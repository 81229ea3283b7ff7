"""The record: whole or absent, standard JSON, old schemas upgraded, newer ones refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.records import record, record_files
from bench.records.record import Record, RecordError


def recorded(**changed: Any) -> Record:
    content: dict[str, Any] = {
        "schema": record.SCHEMA,
        "run_id": "4f2a",
        "train_id": "77be",
        "former": [],
        "sweep": "cells",
        "started": "2025-11-03T09:00:00+00:00",
        "finished": "2025-11-03T09:05:00+00:00",
        "status": "ok",
        "error": None,
        "config": {"seed": 0, "optimiser": {"lr": 0.002, "betas": [0.9, 0.999]}},
        "data": {"name": "pydocs", "sha256": "ab" * 32},
        "code": {"commit": None, "dirty": None, "digest": "d"},
        "machine": {"threads": 2},
        "parameters": 132_000,
        "train": {"curve": {"step": [1, 2], "loss": [3.5, 2.25]}},
        "metrics": {"validation": {"zeta": {"value": 1.5}, "alpha": {"value": 2.0}}},
        "speed": {},
    }
    return Record(**{**content, **changed})


def test_what_is_written_is_read_with_the_order_of_its_metrics(tmp_path: Path) -> None:
    path = record.write(recorded(), tmp_path)
    assert path == tmp_path / "records" / "4f2a.json"
    assert record.read(path) == recorded()
    assert list(record.read(path).metrics["validation"]) == ["zeta", "alpha"]  # the first metric is the primary one


def test_the_file_is_standard_json_and_keeps_lists_of_numbers_on_one_line(tmp_path: Path) -> None:
    curve = {"loss": [1.5, float("nan"), float("inf")]}
    text = record.write(recorded(train={"curve": curve}), tmp_path).read_text()

    def refuse(word: str) -> None:
        raise AssertionError(word)

    content = json.loads(text, parse_constant=refuse)
    assert content["train"]["curve"]["loss"] == [1.5, None, None]
    assert '   "loss": [1.5, null, null]\n' in text


def test_layout_agrees_with_the_json_module() -> None:
    value = {"a": {}, "b": [], "c": [{"d": [1, "é\n"]}, 2.5, True, None], "e": {"f": {"g": [[1], [2]]}}}
    assert json.loads(record._layout(value)) == value


def test_a_record_without_its_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"^Record .* has no integer config\.seed: delete the file, .*[^\n]$"):
        record.read(record.write(recorded(config={"cell": {"name": "gru"}}), tmp_path))


def test_a_text_that_is_not_unicode_survives(tmp_path: Path) -> None:
    config = {"path": "caf\udce9.txt", "name": "café", "seed": 0}
    assert record.read(record.write(recorded(config=config), tmp_path)).config == config


def test_writing_again_replaces_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    record.write(recorded(status="killed"), tmp_path)
    record.write(recorded(), tmp_path)
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["4f2a.json"]
    assert record_files.read_all(tmp_path)[0].status == "ok"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_in_the_middle_leaves_the_old_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    record.write(recorded(status="killed"), tmp_path)

    def crash(*_: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, crash)
        with pytest.raises(OSError, match="power"):
            record.write(recorded(), tmp_path)
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["4f2a.json"]
    assert record_files.read_all(tmp_path)[0].status == "killed"


def test_the_content_is_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), sync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append("replace"), rename(a, b)))
    record.write(recorded(), tmp_path)
    assert calls == ["fsync", "replace", "fsync"]  # content, name, folder


def test_a_leftover_temporary_file_is_no_record(tmp_path: Path) -> None:
    record.write(recorded(), tmp_path)
    (tmp_path / "records" / ".other.json.0.tmp").write_text("{")
    (tmp_path / "records" / ".hidden.json").write_text("{")
    assert len(record_files.read_all(tmp_path)) == 1


def test_records_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    for run_id in ("b", "c", "a"):
        record.write(recorded(run_id=run_id), tmp_path)
    assert [run.run_id for run in record_files.read_all(tmp_path)] == ["a", "b", "c"]


def test_a_sweep_that_has_not_run_has_no_records(tmp_path: Path) -> None:
    assert record_files.read_all(tmp_path / "nothing") == []


@pytest.mark.parametrize("content", ["{", "[]", "\xff", '{"schema": "1"}', '{"schema": 1}'])
def test_a_broken_file_is_named_in_one_sentence(tmp_path: Path, content: str) -> None:
    record.write(recorded(), tmp_path)
    broken = tmp_path / "records" / "broken.json"
    broken.write_bytes(content.encode("latin-1"))
    with pytest.raises(RecordError) as caught:
        record_files.read_all(tmp_path)
    assert str(broken) in str(caught.value)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize("change", [{"colour": 1}, {"metrics": None}])
def test_keys_are_exactly_those_of_the_contract(tmp_path: Path, change: dict[str, Any]) -> None:
    path = record.write(recorded(), tmp_path)
    content = json.loads(path.read_text()) | change
    if change == {"metrics": None}:
        del content["metrics"]
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError, match=next(iter(change))):
        record.read(path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = record.write(recorded(schema=record.SCHEMA + 1), tmp_path)
    with pytest.raises(RecordError, match=rf"schema {record.SCHEMA + 1}, newer than {record.SCHEMA}.*update"):
        record.read(path)


def test_an_older_schema_passes_through_every_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record.write(recorded(schema=1), tmp_path)
    old = json.loads(path.read_text())
    del old["speed"]
    old["params"] = old.pop("parameters")
    path.write_text(json.dumps(old))

    def add_speed(payload: dict[str, Any]) -> dict[str, Any]:
        return {**payload, "speed": {"train_step_seconds": {"samples": [payload["params"]]}}}

    def rename(payload: dict[str, Any]) -> dict[str, Any]:
        assert payload["schema"] == 2 and payload["speed"]  # after the first upgrade, never before
        return {("parameters" if key == "params" else key): value for key, value in payload.items()}

    monkeypatch.setattr(record, "SCHEMA", 3)
    monkeypatch.setattr(record, "UPGRADES", {1: add_speed, 2: rename})
    upgraded = record.read(path)
    assert (upgraded.schema, upgraded.parameters) == (3, 132_000)
    assert upgraded.speed["train_step_seconds"]["samples"] == [132_000]


def test_an_older_schema_without_an_upgrade_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record.write(recorded(), tmp_path)
    monkeypatch.setattr(record, "SCHEMA", record.SCHEMA + 1)
    with pytest.raises(RecordError, match="no upgrade"):
        record.read(path)


def test_a_head_says_how_a_run_ended_whatever_the_layout_and_the_length(tmp_path: Path) -> None:
    error = {"type": "Diverged", "message": 'x\n "config": ' + "too far " * 1000}
    for run in (recorded(), recorded(status="diverged", error=error)):
        path = record.write(run, tmp_path)
        expected = (run.run_id, run.started, run.finished, run.status, run.error)
        assert record.head_of(path) == expected
        path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
        assert record.head_of(path) == expected


def test_the_head_of_a_record_that_cannot_be_read_is_refused_like_the_record(tmp_path: Path) -> None:
    path = record.write(recorded(), tmp_path)
    text = path.read_text()
    for damaged in ("", text[:-1], text[: len(text) // 2], text.replace(f'"schema": {record.SCHEMA}', '"schema": 99')):
        path.write_text(damaged)
        if damaged == text[:-1]:  # JSON all the same
            assert record.head_of(path).status == "ok"
            continue
        with pytest.raises(RecordError, match=rf"^Record {path} "):
            record.head_of(path)


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(RecordError, match=r"'fine'.*out_of_memory"):
        recorded(status="fine")


def test_a_torn_record_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    path = record.write(recorded(train={"curve": {"loss": [1.0] * 500}}), tmp_path)
    content = path.read_bytes().rstrip()
    for size in range(0, len(content), 100):
        path.write_bytes(content[:size])
        with pytest.raises(RecordError, match="cannot be read"):
            record.read(path)


@pytest.mark.parametrize("run_id", ["", "../up", "a/b", ".hidden"])
def test_a_run_id_stays_in_its_folder(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(RecordError, match="file"):
        record.write(recorded(run_id=run_id), tmp_path)
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(("value", "message"), [({"p": [Path("x")]}, r"config\.p\[0\]"), ({"p": {1: 2}}, r"config\.p")])
def test_what_json_cannot_hold_is_refused_by_place(tmp_path: Path, value: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        record.write(recorded(config=value), tmp_path)


def test_a_speed_pass_replaces_the_one_before_and_nothing_else() -> None:
    before = recorded(speed={"old": {"samples": [1.0]}})
    after = record.with_speed(before, {"train_tokens_per_second": {"samples": [2.0]}})
    assert after == replace(before, speed={"train_tokens_per_second": {"samples": [2.0]}})
    assert list(before.speed) == ["old"]


def test_a_record_is_read_again_only_where_its_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record.write(recorded(), tmp_path)
    os.utime(path, (1e9, 1e9))
    first, parsed = record.read_once(path), []
    monkeypatch.setattr(record, "from_payload", lambda payload, label: parsed.append(label) or recorded())
    assert record.read_once(path) is first and record.read_once(tmp_path / "." / "records" / path.name) is first
    for change in (lambda: os.utime(path, (2e9, 2e9)), lambda: record.write(recorded(status="killed"), tmp_path)):
        before = len(parsed)
        change()
        record.read_once(path)
        assert len(parsed) == before + 1


def test_a_record_of_just_now_is_always_read(tmp_path: Path) -> None:
    """Within a tick of the clock a file can be written over and look the same."""
    path = record.write(recorded(), tmp_path)
    stamp = path.stat()
    assert record.read_once(path).status == "ok"
    path.write_text(path.read_text().replace('"status": "ok"', '"status": "killed"').replace('"sweep": "', '"sweep":"'))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert record.read_once(path).status == "killed"
