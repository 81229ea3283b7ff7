"""Locks between processes."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from command import ROOT, SMALL, records, start

from bench.records import locks, temporary
from bench.records.locks import Held, Lock, held, holder_of


def never(text):
    raise AssertionError(f"nobody else holds it, and yet: {text}")


def test_one_at_a_time_and_the_next_is_told_by_whom(tmp_path):
    path, order = tmp_path / "a" / "b.lock", []

    def second():
        with held(path, say=order.append):
            order.append("second")

    with held(path, say=never):
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.5)
        order.append("first")
    other.join(timeout=30)
    assert order[0].startswith(f"waits for {socket.gethostname()} (process {os.getpid()}), last seen 0 s ago")
    assert order[1:] == ["first", "second"]
    assert list(path.parent.iterdir()) == []


def test_a_lock_is_released_by_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), held(tmp_path / "x.lock", say=never):
        raise KeyboardInterrupt
    with held(tmp_path / "x.lock", say=never):
        pass


def dead_holder(path, *, host=None):
    """A process that took the lock and was killed, on this host or on one of another name."""
    code = f"""
import os, signal, pathlib
from bench.records import locks, temporary
from bench.records.locks import Held, Lock, held, holder_of
with held(pathlib.Path({str(path)!r}), say=print):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", code]
    if host is not None:
        command = ["unshare", "-r", "-u", "sh", "-c", 'hostname "$0" && exec "$@"', host, *command]
        if subprocess.run(["unshare", "-r", "-u", "hostname", host]).returncode:
            pytest.skip("this system permits no other host name")
    assert subprocess.run(command, cwd=ROOT).returncode in (-9, 137)
    assert path.exists()


def test_the_lock_of_a_killed_process_is_taken_over_at_once_and_that_is_said(tmp_path):
    path, lines = tmp_path / "x.lock", []
    dead_holder(path)
    with held(path, say=lines.append, patient=False):
        pass
    assert len(lines) == 1 and lines[0].startswith(f"takes over {path} from {socket.gethostname()} (process ")
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_process_that_died_on_another_host_is_taken_over_after_missed_beats(tmp_path, monkeypatch):
    path, lines = tmp_path / "x.lock", []
    dead_holder(path, host="nodeb")
    assert holder_of(path).host == "nodeb" and holder_of(path).alive
    with pytest.raises(Held, match="nodeb"), held(path, say=lines.append, patient=False):
        pass
    monkeypatch.setattr(locks, "LEASE_S", 1.0)
    began = time.monotonic()
    with held(path, say=lines.append):
        assert time.monotonic() - began >= 1
    assert lines[0].startswith("waits for nodeb (process ")
    assert lines[1].startswith(f"takes over {path} from nodeb (process ")


@pytest.fixture
def hosts(monkeypatch):
    """hosts("b"): from here on this process is on that host."""
    monkeypatch.setattr(locks, "BEAT_S", 0.05)
    monkeypatch.setattr(locks, "LEASE_S", 0.6)

    def move(name):
        monkeypatch.setattr(locks, "host", lambda: name)

    return move


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_holder_that_beats_keeps_its_lock_whatever_the_other_hosts_clock_says(tmp_path, hosts, monkeypatch, hours):
    path = tmp_path / "x.lock"
    hosts("a")
    with held(path, say=never):
        hosts("b")
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 3600 * hours)
        lock, end = Lock(path), time.monotonic() + 1.5
        while time.monotonic() < end:
            assert not lock.acquire()
            time.sleep(0.02)
        assert holder_of(path).silent_s < 0.5
    assert lock.acquire()
    lock.release()


def test_a_holder_that_was_suspended_is_told_that_it_lost_its_lock_and_leaves_the_new_one_alone(tmp_path, hosts, monkeypatch):
    path, lost = tmp_path / "x.lock", threading.Event()
    hosts("a")
    late = Lock(path, lost=lost.set)
    monkeypatch.setattr(locks, "BEAT_S", 1.5)  # longer than the lease
    assert late.acquire()
    hosts("b")
    with held(path, say=lambda text: None):
        assert lost.wait(5) and late.lost
        late.release()
        assert holder_of(path).host == "b"


@pytest.mark.parametrize("content", [b"", b"12345\nnodeb\n", b'{"host": "nod', b"[]"])
def test_a_lock_file_that_names_nobody_is_stale_but_not_at_once(tmp_path, monkeypatch, content):
    path = tmp_path / "x.lock"
    path.write_bytes(content)
    monkeypatch.setattr(locks, "GRACE_S", 0.5)
    lock = Lock(path)
    assert not lock.acquire()
    time.sleep(0.6)
    assert lock.acquire()
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_see_a_dead_holder_one_takes_over(tmp_path):
    for turn in range(20):
        path = tmp_path / f"{turn}.lock"
        claim = {"host": locks.host(), "system": locks.system(), "pid": 2**22 - 3, "start": "1", "token": "dead"}
        path.write_text(json.dumps(claim))
        contenders, start = [Lock(path) for _ in range(8)], threading.Barrier(8)

        def take(lock, start=start):
            start.wait()
            return lock.acquire()

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(take, contenders)).count(True) == 1
        for lock in contenders:
            lock.release()
    assert [path for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def test_a_disk_that_takes_no_lock_leaves_none(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"), held(tmp_path / "x.lock", say=never):
        pass
    assert list(tmp_path.iterdir()) == []


def test_only_what_dead_processes_left_is_cleared(tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    alive = temporary.beside(tmp_path / "record.json")
    orphan = alive.with_name(alive.name.replace(f"-{os.getpid()}.", f"-{int(dead.stdout)}."))
    foreign, old = tmp_path / ".x.json.0a.tmp", tmp_path / ".y.json.0b.tmp"
    for path in (alive, orphan, foreign, old, tmp_path / "mine.tmp"):
        path.touch()
    os.utime(old, (1, 1))
    temporary.clear(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([alive, foreign, tmp_path / "mine.tmp"])


def test_two_sweeps_at_once_share_the_work_and_run_each_job_once(tmp_path, turn):
    words = ("-m", "seed=0,1,2,3,4,5", "launcher.jobs=1", *SMALL)
    sweeps = [start(tmp_path, *words) for _ in range(2)]
    errors = [process.communicate(timeout=300)[1] for process in sweeps]
    assert [process.returncode for process in sweeps] == [0, 0], errors
    finished = records(tmp_path / "runs" / "single")
    assert len(finished) == 6
    ran = [[line for line in err.splitlines() if "  ok  " in line] for err in errors]
    assert sum(map(len, ran)) == len(set().union(*ran)) == 6 and min(map(len, ran)) >= 2, errors
    assert not list(tmp_path.rglob("*.lock"))
