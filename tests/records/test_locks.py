"""Locks between processes."""

import subprocess
import sys
import threading
import time

import pytest
from command import ROOT, SMALL, records, start

from bench.records.locks import held


def never():
    raise AssertionError("nobody else holds it")


def test_one_at_a_time_and_the_next_is_told(tmp_path):
    path, order = tmp_path / "a" / "b.lock", []

    def second():
        with held(path, waits=lambda: order.append("waits")):
            order.append("second")

    with held(path, waits=never):
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.5)
        order.append("first")
    other.join(timeout=30)
    assert order == ["waits", "first", "second"]
    assert not path.exists()


def test_a_lock_is_released_by_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), held(tmp_path / "x.lock", waits=never):
        raise KeyboardInterrupt
    with held(tmp_path / "x.lock", waits=never):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    path = tmp_path / "x.lock"
    code = f"""
import os, signal, pathlib
from bench.records.locks import held
with held(pathlib.Path({str(path)!r}), waits=print):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == -9
    assert path.exists()
    with held(path, waits=lambda: None):
        pass


def test_two_sweeps_at_once_run_each_job_once(tmp_path, turn):
    words = ("-m", "seed=0,1,2", "launcher.jobs=2", *SMALL)
    both = [start(tmp_path, *words) for _ in range(2)]
    told = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    made = records(tmp_path / "runs" / "single")
    assert len(made) == 3
    ran = [line for err in told for line in err.splitlines() if "  ok  " in line]
    assert len(ran) == 3
    assert not list(tmp_path.rglob("*.lock"))
