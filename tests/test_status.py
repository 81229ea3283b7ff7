"""The ledger: what is said of a sweep while it runs and afterwards."""

import os
import shlex
import signal

from command import LONG, SMALL, bench, records, start, trains, wait_for

from bench.records.plan import Entry, seconds_left


def status(room, *words):
    return bench(room, "status", "runs/single", *words)


def test_done_and_failed_jobs_and_the_command_that_repeats_one(tmp_path):
    wild = ("optimiser.name=sgd", "optimiser.lr=1e30,0.1", "optimiser.clip=null", "trainer.log_every_steps=5")
    bench(tmp_path, "-m", *wild, *SMALL, "seed=3", "speed.rounds=0")
    told = status(tmp_path).stdout.splitlines()
    assert told[0] == "runs/single: 1 diverged, 1 ok, of 2 jobs"
    assert told[1].startswith("job 1  diverged  optimiser.lr=1e+30  Diverged: the training loss became")
    before = records(tmp_path / "runs" / "single")
    command = shlex.split(status(tmp_path, "--job", "2").stdout)
    again = bench(tmp_path, *command[3:])
    assert again.returncode == 0, again.stderr
    assert "already done (ok)" in again.stderr
    assert records(tmp_path / "runs" / "single").keys() == before.keys()


def test_running_and_waiting_jobs(tmp_path):
    process = start(tmp_path, "-m", "seed=0,1,2", *LONG)
    wait_for(trains(tmp_path))
    told = status(tmp_path).stdout.splitlines()
    assert told[0] == "runs/single: 1 running, 2 waiting, of 3 jobs"
    assert told[1].startswith("job 1  running  0:") and told[1].endswith("  seed=0")
    assert told[2] == "job 2  waiting  seed=1"
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert status(tmp_path).stdout.splitlines()[0] == "runs/single: 1 interrupted, 2 waiting, of 3 jobs"


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
