"""`python -m bench unpack`: a sweep goes on from what is published, on a machine that has trained nothing."""

import json
import shutil

from command import ROOT, bench, records

from bench.records import record_files

SMALL = (
    *("+sweep=quick", "sweep.rows=[{}]", "track=none", "stack.hidden_size=8", "data.limit=3000", "trainer.batch_size=4"),
    *("task.window=20", "trainer.epochs=1", "evaluation.sample_length=30", "speed.rounds=0"),
)


def test_only_the_rows_that_are_not_published_are_trained(tmp_path):
    first = bench(tmp_path, *SMALL, "cell=elman")
    assert first.returncode == 0, first.stderr
    assert bench(tmp_path, "publish", "runs/quick").returncode == 0
    before = records(tmp_path / "runs" / "quick")
    shutil.rmtree(tmp_path / "runs")
    shutil.rmtree(tmp_path / "cache")
    done = bench(tmp_path, "unpack", "results/quick")
    assert (
        done.returncode == 0 and done.stdout == f"runs/quick: {len(before)} published runs were added, 0 were there already\n"
    )
    assert records(tmp_path / "runs" / "quick") == before
    further = bench(tmp_path, *SMALL, "cell=elman,gru")
    assert further.returncode == 0, further.stderr
    assert further.stderr.count("already done") == len(before)
    cells = {record["config"]["cell"]["name"] for record in records(tmp_path / "runs" / "quick").values()}
    assert cells == {"elman", "gru"}
    failed = min((tmp_path / "runs" / "quick" / "records").glob("*.json"), key=lambda path: path.stem not in before)
    failed.write_text(failed.read_text().replace('"status": "ok"', '"status": "failed"'))
    again = bench(tmp_path, "unpack", "results/quick")
    assert again.stdout == f"runs/quick: 1 published runs were added, {len(before) - 1} were there already\n"
    assert json.loads(failed.read_text()) == before[failed.stem]
    again = bench(tmp_path, "unpack", "results/quick")
    assert again.stdout == f"runs/quick: 0 published runs were added, {len(before)} were there already\n"


def test_tags_are_taken_along_and_a_sweep_of_them_can_be_published_again(tmp_path):
    done = bench(tmp_path, "unpack", str(ROOT / "results" / "tagging"))
    assert done.returncode == 0, done.stderr
    assert "stay in" not in done.stdout
    assert bench(tmp_path, "publish", "runs/tagging").returncode == 0
    published, again = ROOT / "results" / "tagging", tmp_path / "results" / "tagging"
    assert record_files.read_all(again) == record_files.read_all(published)
    name = "outputs/outputs.jsonl.gz"
    assert (again / name).read_bytes() == (published / name).read_bytes()


def test_outputs_whose_tokens_are_numbers_stay_and_that_is_said(tmp_path):
    folder = next(
        path.parent.parent
        for path in sorted((ROOT / "results").rglob("outputs.jsonl.gz"))
        if path.parent.parent.name in ("multi30k", "gnmt_length_penalty", "transcription")
    )
    done = bench(tmp_path, "unpack", str(folder))
    assert done.returncode == 0 and f"of them stay in {folder}, where their tokens are numbers" in done.stdout


def test_why_a_sweep_does_not_come_out_today_is_said(tmp_path):
    done = bench(tmp_path, "unpack", str(ROOT / "results" / "cells"))
    reason = json.loads((ROOT / "results/cells/records.jsonl").open().readline())["stale"]
    assert reason and f"they do not come out today as they stand: {reason}\n" in done.stdout


def test_what_is_not_published_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    done = bench(tmp_path, "unpack", "empty")
    assert done.returncode == 2
    assert (
        done.stderr == "refused: empty is no published sweep, it has no records.jsonl: give a folder such as results/cells.\n"
    )
    record = json.dumps({"schema": 3, "records": 2, "stale": None, "shared": {}})
    (tmp_path / "empty" / "records.jsonl").write_text(record + "\n")
    done = bench(tmp_path, "unpack", "empty")
    assert done.returncode == 2 and "has 0 records where its first line says 2" in done.stderr
    assert not (tmp_path / "runs").exists()
