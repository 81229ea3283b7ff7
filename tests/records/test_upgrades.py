"""Records of schema 1, which a digest of sources named, have the names today that their runs would have."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.moved import CHOICES, CLASSES, MODULES, WITHOUT_BLOCKS
from bench.records import record, record_files, upgrades
from bench.records.record import RecordError
from bench.sweeps import reference

RESULTS = Path(__file__).resolve().parents[2] / "results"
FORMER = {**{f"{former}.": f"{today}." for former, today in MODULES.items()}, **CLASSES}


def as_of_schema_1(run):
    """What a published record was before it was upgraded: old names, tasks at the top level, no plugins."""
    text = json.dumps(asdict(run))
    for former, today in FORMER.items():
        text = text.replace(f'"{today}', f'"{former}')
    payload = json.loads(text.replace('"bench.tasks.', '"tasks.'))
    names = {today: former for former, today in CHOICES["task"].items()}
    if "task" in payload["config"]:
        task = payload["config"]["task"]
        task["name"] = names.get(task["name"], task["name"])
    old = payload.pop("former")[0]
    payload |= {"schema": 1, "run_id": old["run_id"], "train_id": old["train_id"]}
    for key in ("plugins", "reuse"):
        payload["config"].pop(key, None)
    for node in (payload["config"].get("stack", {}), payload["config"].get("net", {}).get("decoder", {})):
        for key in WITHOUT_BLOCKS:
            node.pop(key, None)
    payload["data"].pop("sha256_training", None)
    return payload


SWEEPS = [path.parent for path in sorted(RESULTS.rglob(record_files.NAME))]


@pytest.mark.parametrize("folder", SWEEPS, ids=lambda folder: folder.relative_to(RESULTS).as_posix())
def test_an_old_record_is_named_as_its_run_would_be_today(folder):
    for run in record_files.read_all(folder)[:3]:
        if not run.former or run.former[0]["commit"] != run.code["commit"]:
            continue  # a benchmark's, or one that was made again since
        again = record.from_payload(as_of_schema_1(run), "here")
        assert (again.run_id, again.train_id) == (run.run_id, run.train_id)
        assert asdict(again) == asdict(run)
        assert reference.named_as_today(again)


def test_settings_that_came_later_stand_where_rows_look_for_them():
    payload = as_of_schema_1(record_files.read_all(RESULTS / "cells")[0])
    for group, keys in (("optimiser", ("periods", "held", "decay")), ("stack", ("parameters",)), ("trainer", ("nodes",))):
        for key in keys:
            payload["config"][group].pop(key)
    config = record.from_payload(payload, "here").config
    assert config["optimiser"]["periods"] == config["trainer"]["epochs"]
    assert (config["optimiser"]["held"], config["stack"]["parameters"], config["trainer"]["nodes"]) == (1, None, 1)
    assert next(iter(config["stack"])) == "depth"


def test_data_of_a_users_own_stand_for_what_was_trained_on():
    payload = as_of_schema_1(record_files.read_all(RESULTS / "cells")[0])
    payload["data"]["sha256"] = "ab" * 32
    assert record.from_payload(payload, "here").data["sha256_training"] == "ab" * 32


def test_a_failed_record_without_data_is_upgraded_too():
    payload = as_of_schema_1(record_files.read_all(RESULTS / "cells")[0])
    payload |= {"data": {}, "status": "failed", "error": {"type": "A", "message": "b"}, "metrics": {}}
    assert record.from_payload(payload, "here").former[0]["run_id"] == payload["run_id"]


def test_a_record_that_lacks_what_schema_1_had_is_refused_in_a_sentence():
    payload = as_of_schema_1(record_files.read_all(RESULTS / "cells")[0])
    del payload["config"]["evaluation"]
    with pytest.raises(RecordError, match="lacks a field of schema 1"):
        record.from_payload(payload, "here")


def test_every_known_digest_is_of_another_training():
    digests = upgrades.digests_of_training()
    assert len(digests) > 30 and len(set(digests.values())) > 30
    assert all(len(digest) == 64 for pair in digests.items() for digest in pair)
