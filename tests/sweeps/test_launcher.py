"""Jobs in processes of their own: what one of them does to the others, which is nothing."""

import json
import os
import signal
import uuid
from concurrent.futures import Future

import pytest
from command import LONG, SMALL, bench, records, start, trains, wait_for, workers
from omegaconf import OmegaConf

from bench.config.messages import refuse
from bench.config.schema import LauncherConfig
from bench.errors import Failure
from bench.jobs.job import prepare
from bench.jobs.run import run
from bench.records import locks, record
from bench.records.plan import write_plan
from bench.sweeps import fork_server, launcher
from bench.sweeps.launcher import Share, shares
from bench.sweeps.screen import Screen
from bench.sweeps.sweep import SweepCallback


def test_a_killed_job_is_a_record_and_the_others_go_on(tmp_path):
    process = start(tmp_path, "-m", "seed=0,1", "trainer.patience=2", *LONG, "trainer.epochs=10000,1")
    wait_for(trains(tmp_path))
    for pid in workers(process):
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1
    finished = records(tmp_path / "runs" / "single").values()
    killed = [record for record in finished if record["status"] == "killed"]
    assert len(finished) == 4 and len(killed) == 1
    assert "SIGKILL" in killed[0]["error"]["message"]
    assert "job 1 of 4" in err and "job 4 of 4" in err


def test_a_job_that_runs_too_long_is_stopped(tmp_path):
    done = bench(tmp_path, "-m", "seed=0", "launcher.minutes=0.02", *LONG)
    (killed,) = records(tmp_path / "runs" / "single").values()
    assert done.returncode == 1
    assert killed["status"] == "killed"


def test_fail_fast_starts_no_further_job(tmp_path):
    wild = ("optimiser.name=sgd", "optimiser.lr=1e30,0.1", "optimiser.clip=null", "trainer.log_every_steps=5")
    done = bench(tmp_path, "-m", *wild, *SMALL, "launcher.fail_fast=true")
    assert [record["status"] for record in records(tmp_path / "runs" / "single").values()] == ["diverged"]
    assert done.returncode == 1


def test_one_training_decoded_in_two_ways_at_once_is_trained_once(tmp_path):
    words = ("-m", "decode=sample", "decode.temperature=0.5,1,2", "launcher.jobs=3", *SMALL)
    done = bench(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    finished = list(records(tmp_path / "runs" / "single").values())
    assert len(finished) == 3
    assert len({(record["train_id"], record["train"]["seconds"]) for record in finished}) == 1


def test_an_interrupt_stops_every_job_and_says_so_in_its_record(tmp_path):
    process = start(tmp_path, "-m", "seed=0,1,2", "launcher.jobs=2", *LONG)
    wait_for(lambda: len(trains(tmp_path)()) == 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "repeat the command to continue" in err
    assert [record["status"] for record in records(tmp_path / "runs" / "single").values()] == ["interrupted"] * 2


class Inline:
    """A pool that runs each job as it is given, in this process: what happens to it is what `does` says."""

    def __init__(self, does):
        self.does, self.order = does, []

    def schedule(self, function, args, timeout):
        config, names, *_ = args
        self.order.append(config.seed)
        future = Future()
        try:
            future.set_result(self.does(config, names))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def jobs(compose, tmp_path):
    places = (f"paths.results={tmp_path}/runs", f"paths.cache={tmp_path}/cache")
    return [prepare(compose(*SMALL, f"seed={seed}", *places)) for seed in range(4)]


@pytest.fixture
def sweep(jobs):
    """sweep(does) -> the seeds in the order in which they were started."""

    def make(does=lambda config, names: "ok", at_once=1):
        pool = Inline(does)
        launcher._Run(jobs, LauncherConfig("processes", at_once, None, False), pool, Screen()).to_the_end()
        return pool.order

    return make


def elsewhere(path, host="nodeb"):
    """A lock of a process on another host."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"host": host, "system": "x", "pid": 12, "token": uuid.uuid4().hex}))


@pytest.mark.parametrize("which", [0, 1], ids=["the job", "its training"])
def test_free_jobs_run_first_and_what_another_host_died_over_last_after_it_was_named(jobs, sweep, monkeypatch, capsys, which):
    monkeypatch.setattr(locks, "LEASE_S", 1.2)
    path = jobs[0].locks[which]
    elsewhere(path)
    assert sweep() == [1, 2, 3, 0]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("job 1 of 4  char_lm") and "waits for nodeb (process 12), last seen" in lines[0]
    assert f"takes over {path} from nodeb (process 12)" in lines[1]
    assert len(lines) == 2


def test_a_lock_file_that_names_nobody_holds_up_no_sweep(jobs, sweep, monkeypatch):
    monkeypatch.setattr(locks, "GRACE_S", 0.2)
    path = jobs[0].locks[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert sweep() == [1, 2, 3, 0]


def test_a_job_that_another_sweep_takes_first_is_come_back_to(sweep):
    turned_away = []

    def does(config, names):
        if config.seed == 1 and not turned_away:
            turned_away.append(1)
            return launcher.BUSY
        return "ok"

    assert sweep(does) == [0, 1, 2, 3, 1]


def test_results_that_take_nothing_end_the_sweep_in_a_sentence_and_no_further_job_starts(jobs, sweep, monkeypatch, capsys):
    started = []

    def does(config, names):
        started.append(config.seed)
        return run(jobs[config.seed], "").status

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record, "write", full)
    with pytest.raises(Failure, match=r"nothing can be written into .*/runs/single \(No space left on device\)"):
        sweep(does)
    assert started == [0]
    assert jobs[0].trained() is not None and not jobs[0].done()
    weights = jobs[0].checkpoint().weights.stat().st_mtime_ns
    monkeypatch.undo()
    capsys.readouterr()
    assert run(jobs[0], "").status == "ok"  # with the weights that are there
    assert jobs[0].checkpoint().weights.stat().st_mtime_ns == weights


def test_a_failure_outside_of_the_suite_is_one_sentence_and_status_1(capsys):
    with pytest.raises(SystemExit) as ended:
        refuse(Failure("nothing can be written."))
    assert ended.value.code == 1
    assert capsys.readouterr().err == "nothing can be written.\n"


def test_more_threads_than_cores_are_refused(tmp_path):
    done = bench(tmp_path, "-m", "seed=0,1", "launcher.jobs=64", "trainer.threads=2", *SMALL)
    assert done.returncode == 2
    assert "launcher.jobs=64 with trainer.threads=2 asks for 128 threads" in done.stderr


@pytest.mark.parametrize(
    ("visible", "devices", "expected"),
    [
        ("", 1, [Share(2, None), Share(2, None), Share(2, None)]),
        ("3,5", 1, [Share(2, "3"), Share(2, "5"), Share(2, "3")]),
        ("0,1,2,3,7", 2, [Share(2, "0,1"), Share(2, "2,3"), Share(2, "0,1")]),
    ],
)
def test_each_slot_gets_its_share(monkeypatch, visible, devices, expected):
    monkeypatch.setattr(launcher, "cores", lambda: 7)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert shares(3, devices=devices) == expected
    assert shares(1, devices=devices) == [Share(None, None)]


@pytest.mark.parametrize(
    ("launcher", "planned", "started"), [("processes", False, 1), ("processes", True, 0), ("basic", False, 0)]
)
def test_the_server_starts_at_once_where_a_sweep_is_new(launcher, planned, started, tmp_path, monkeypatch):
    """A finished sweep needs none, and must not wait for one."""
    config = {
        "hydra": {"sweeper": {"_target_": "BasicSweeper"}},
        "launcher": {"name": launcher},
        "paths": {"results": str(tmp_path)},
        "sweep": {"name": "new", "rows": [], "seeds": None, "tune": {}},
    }
    if planned:
        write_plan(tmp_path / "new", [], at_once=1, definition="")
    starts = []
    monkeypatch.setattr(fork_server, "start", lambda: starts.append(1))
    with pytest.raises(SystemExit):  # it has no grid
        SweepCallback().on_multirun_start(OmegaConf.create(config))
    assert len(starts) == started
