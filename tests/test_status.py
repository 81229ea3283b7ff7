"""The ledger: what is said of a sweep while it runs and afterwards."""

import json
import os
import shlex
import signal

import pytest
from command import LONG, SMALL, bench, records, start, trains, verb, wait_for

from bench.records import locks, record
from bench.records.locks import Lock
from bench.records.plan import Entry, Planned, lock_path, seconds_left, write_plan


def status(room, *words):
    return bench(room, "status", "runs/single", *words)


def test_done_and_failed_jobs_and_the_command_that_repeats_one(tmp_path):
    wild = ("optimiser.name=sgd", "optimiser.lr=1e30,0.1", "optimiser.clip=null", "trainer.log_every_steps=5")
    bench(tmp_path, "-m", *wild, *SMALL, "seed=3", "speed.rounds=0")
    lines = status(tmp_path).stdout.splitlines()
    assert lines[0] == "runs/single: 1 diverged, 1 ok, of 2 jobs"
    assert lines[1].startswith("job 1  diverged  optimiser.lr=1e+30  Diverged: the training loss became")
    before = records(tmp_path / "runs" / "single")
    command = shlex.split(status(tmp_path, "--job", "2").stdout)
    again = bench(tmp_path, *command[3:])
    assert again.returncode == 0, again.stderr
    assert "already done (ok)" in again.stderr
    assert records(tmp_path / "runs" / "single").keys() == before.keys()


def test_running_and_waiting_jobs(tmp_path):
    process = start(tmp_path, "-m", "seed=0,1,2", *LONG)
    wait_for(trains(tmp_path))
    lines = status(tmp_path).stdout.splitlines()
    assert lines[0] == "runs/single: 1 running, 2 waiting, of 3 jobs"
    assert lines[1].startswith("job 1  running  0:") and lines[1].endswith("  seed=0")
    assert lines[2] == "job 2  waiting  seed=1"
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert status(tmp_path).stdout.splitlines()[0] == "runs/single: 1 interrupted, 2 waiting, of 3 jobs"


@pytest.mark.parametrize(
    ("ago", "line"),
    [
        (5, "job 1  running  0:05  seed=0  on nodeb (process 12), last seen 5 s ago"),
        (40, "job 1  waiting  seed=0  waits for nodeb (process 12), last seen 40 s ago"),
        (90, "job 1  waiting  seed=0  left by nodeb (process 12), last seen 90 s ago; the next command takes it over"),
    ],
)
def test_a_job_on_another_host_is_told_with_when_it_was_last_seen(tmp_path, capsys, monkeypatch, ago, line):
    """By the clock of the file system, whatever the clocks of the two machines say."""
    write_plan(tmp_path, [Planned("a", ["seed=0"], ""), Planned("b", ["seed=1"], "")], at_once=1, definition="")
    lock = lock_path(tmp_path, "a")
    lock.parent.mkdir()
    lock.write_text(json.dumps({"host": "nodeb", "system": "", "pid": 12, "token": "t"}))
    monkeypatch.setattr(locks, "_now", lambda folder: 1e9)
    os.utime(lock, (1e9 - ago,) * 2)
    assert verb("status")([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == [line, "job 2  waiting  seed=1"]


def test_a_search_is_told_by_its_trials_so_far(tmp_path, make, capsys):
    """It has no plan: what comes next follows from what came before."""
    (tmp_path / "study.db").touch()
    record.write(make(seed=0), tmp_path)
    record.write(make(seed=1, status="diverged", error={"type": "Diverged", "message": "too far"}), tmp_path)
    lock = Lock(lock_path(tmp_path, "third"))
    assert lock.acquire()
    assert verb("status")([str(tmp_path)]) == 0
    lock.release()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{tmp_path}: 1 ok, 1 diverged, 1 running, of 3 jobs")
    assert lines[1] == "job 2  diverged    Diverged: too far" and lines[2].startswith("job 3  running")
    assert lines[3] == "a search: repeat its command to go on"


def test_a_wrong_folder_or_job_is_refused_in_a_sentence(tmp_path):
    done = status(tmp_path)
    assert done.returncode == 2
    assert "runs/single contains no sweep plan" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def entry(status, seconds):
    return Entry("x", (), status, seconds, "")


def test_the_time_left_is_that_of_the_jobs_left():
    entries = [
        entry("ok", 10),
        entry("ok", 20),
        entry("diverged", 1),
        entry("running", 5),
        entry("waiting", 0),
        entry("waiting", 0),
    ]
    assert seconds_left(entries, at_once=2) == (10 + 15 + 15) / 2
    assert seconds_left(entries[2:], at_once=1) is None
    assert seconds_left([entry("ok", 10), entry("failed", 1)], at_once=1) is None
