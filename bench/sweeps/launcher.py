"""Runs the jobs of a sweep in processes of their own, several at a time.

Each process is forked from a server that has imported the libraries (`bench.sweeps.fork_server`): no random state, no wandb
run, no device memory and no environment passes from one job to the next, and a job that dies takes no other with it; it leaves
a record that says how it died. Threads are cores / jobs in each: more of them than cores make all of them several times
slower. With GPUs, each slot sees as many as a job needs, and no other.

Of jobs that share a training (equal train_id) the first trains, and the others start when its weights are there. A job that
another sweep is at, here or on another machine, is left for last: each sweep takes the next free one.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pebble import CONSTS, ProcessExpired, ProcessPool

from bench.config.schema import LauncherConfig, RunConfig
from bench.jobs.job import Job, Names, reopen
from bench.jobs.record_builder import Unwritable, already, lost
from bench.records.locks import Held, Lock, holder_of, taken_over, waits_for
from bench.records.machine import cores
from bench.sweeps import fork_server
from bench.sweeps.positions import positions
from bench.sweeps.screen import Screen, screen
from bench.terminal import Address, Channel, Line, tell_warnings_plainly
from bench.training.interrupts import interrupts

BUSY = "busy"
"""In place of a status: another process runs this job."""
ASKS_EVERY = 0.5
"""Seconds after which jobs that another sweep is at are looked at again."""
LOOKS_EVERY = 0.01
"""Seconds after which the pool looks for a job that has ended; by default it lets a tenth of a second go by."""


class Ended(RuntimeError):
    """A job's process ended before the job did."""


@dataclass(frozen=True)
class Share:
    """What a job's process may use. `gpus`: devices as CUDA_VISIBLE_DEVICES names them, or None."""

    threads: int | None
    gpus: str | None


def run_all(jobs: Sequence[Job], settings: LauncherConfig) -> None:
    """Runs every job to a record. An interrupt lets those that run save, end and note it in their records, and is raised again;
    a second one does not wait for them. Raises Unwritable where the results take nothing; what runs then saves and ends."""
    CONSTS.sleep_unit = LOOKS_EVERY
    pool: Any = ProcessPool(max_workers=settings.jobs, max_tasks=1, context=fork_server.context())
    try:
        with screen(len(jobs)) as shown:
            _Run(jobs, settings, pool, shown).to_the_end()
        pool.close()
    finally:
        pool.stop()
        pool.join()


class _Run:
    """Which jobs wait, which are `elsewhere` (another sweep is at them), and which runs in which slot."""

    def __init__(self, jobs: Sequence[Job], settings: LauncherConfig, pool: Any, shown: Screen) -> None:
        self.jobs, self.settings, self.pool, self.screen = jobs, settings, pool, shown
        self.positions = positions(jobs)
        self.waiting = deque(range(len(jobs)))
        self.elsewhere: list[int] = []
        self.locks: dict[Path, Lock] = {}
        self.named: set[int] = set()
        self.free = list(range(settings.jobs))
        self.running: dict[Future[str], tuple[int, int]] = {}
        self.shares = shares(settings.jobs, devices=max(job.config.trainer.devices for job in jobs))

    def to_the_end(self) -> None:
        try:
            self._work_through()
        except (KeyboardInterrupt, Unwritable):
            for process in multiprocessing.active_children():
                process.terminate()
            wait(self.running)
            raise

    def _work_through(self) -> None:
        while self.waiting or self.elsewhere or self.running:
            while self.free and (number := self._next()) is not None:
                self._start(number)
            if not self.running and not self.elsewhere:
                continue
            self._await()
            self.waiting.extend(self.elsewhere)
            self.elsewhere.clear()

    def _await(self) -> None:
        """Until a job has ended, or those elsewhere are worth another look."""
        if not self.running:
            self._name_holders()
            time.sleep(ASKS_EVERY)
        done, _ = wait(self.running, timeout=ASKS_EVERY if self.elsewhere else None, return_when=FIRST_COMPLETED)
        for future in done:
            number, slot = self.running.pop(future)
            self.free.append(slot)
            status = status_of(future, self.jobs[number], self._position(number), minutes=self.settings.minutes)
            self.screen.end(number, done=status != BUSY)
            if status == BUSY:
                self.elsewhere.append(number)
            else:
                self._count(status)

    def _count(self, status: str) -> None:
        if status != "ok" and self.settings.fail_fast:
            self.waiting.clear()
            self.elsewhere.clear()

    def _next(self) -> int | None:
        """The first waiting job that nobody is at, nor at its training; those that are done by now are told on the way."""
        busy = {self.jobs[number].train_id for number, _ in self.running.values() if not self.jobs[number].trained()}
        for number in list(self.waiting):
            job = self.jobs[number]
            if job.train_id in busy:
                continue
            self.waiting.remove(number)
            if (record := already(job, Line(self._title(number)))) is not None:
                self.screen.skip()
                self._count(record.status)
            elif self._is_free(number):
                return number
            else:
                self.elsewhere.append(number)
        return None

    def _is_free(self, number: int) -> bool:
        """Whether no other sweep is at a job, or at its training."""
        job, line = self.jobs[number], Line(self._title(number))
        for path in job.locks:
            lock = self.locks.setdefault(path, Lock(path))
            if not lock.is_free():
                return False
            if lock.taken_from is not None:
                line.note(taken_over(path, lock.taken_from))
            del self.locks[path]
        return True

    def _name_holders(self) -> None:
        """Says once of each job that is elsewhere who has it: nothing else is left to do."""
        for number in [number for number in self.elsewhere if number not in self.named]:
            for path in self.jobs[number].locks:
                if (holder := holder_of(path)) is not None:
                    self.named.add(number)
                    Line(self._title(number)).note(waits_for(path, holder))
                    break

    def _start(self, number: int) -> None:
        slot = self.free.pop(0)
        limit = None if self.settings.minutes is None else 60 * self.settings.minutes
        job, share, alone = self.jobs[number], self.shares[slot], self.settings.jobs == 1
        self.screen.start(number, self._title(number))
        arguments = (job.config, job.names, self._position(number), share, alone, self.screen.address(number))
        self.running[self.pool.schedule(work, args=arguments, timeout=limit)] = (number, slot)

    def _title(self, number: int) -> str:
        return f"{self._position(number)}  {self.jobs[number].label}"

    def _position(self, number: int) -> str:
        return self.positions[number]


def status_of(future: "Future[str]", job: Job, position: str, *, minutes: float | None, on_host: str = "") -> str:
    """How a job ended; where its process could not say, its record is written here. `on_host`: " on HOST", if elsewhere."""
    cause: Exception
    try:
        return future.result()
    except TimeoutError:
        status, cause = "killed", Ended(f"the job ran longer than launcher.minutes={minutes:g}{on_host}")
    except ProcessExpired as error:
        status, cause = "killed", Ended(f"the job's process{on_host} {_cause(error.exitcode)}")
    except Unwritable:
        raise
    except BrokenProcessPool:
        status, cause = "killed", Ended(f"the job's process{on_host} was ended from outside before it took the job")
    except Exception as error:
        status, cause = "failed", error
    return lost(job, position, status, cause).status


def work(config: RunConfig, names: Names, position: str, share: Share, alone: bool, screen_address: Address | None) -> str:
    """One job in this process, to the end: the status of its record, or BUSY. `alone`: no other job writes to the terminal.
    `screen_address`: where this job sends what it says, in place of its standard output and error."""
    from bench.jobs.run import run

    if screen_address is not None:
        sys.stdout = sys.stderr = Channel(screen_address)
    tell_warnings_plainly()
    interrupts.listen(signal.SIGTERM)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if share.gpus is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = share.gpus
    if share.threads is not None:
        torch.set_num_threads(share.threads)
    try:
        return run(reopen(config, names), position, alone=alone, patient=False).status
    except Held:
        return BUSY
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the pool ends its processes by it, and one may come while they answer


def shares(jobs: int, *, devices: int) -> list[Share]:
    """What each of `jobs` slots may use, each with `devices` GPUs. One job alone may use everything, as without a launcher."""
    if jobs == 1:
        return [Share(None, None)]
    threads = max(1, cores() // jobs)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = (
        [str(index) for index in range(torch.cuda.device_count())]
        if visible is None
        else [name for name in visible.split(",") if name]
    )
    groups = [",".join(gpus[start : start + devices]) for start in range(0, len(gpus) - devices + 1, devices)]
    return [Share(threads, groups[slot % len(groups)] if groups else None) for slot in range(jobs)]


def _end_with_parent() -> None:
    """A job whose sweep was killed saves and ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _cause(code: int) -> str:
    if code >= 0:
        return f"ended with exit status {code}"
    name = signal.Signals(-code).name
    return f"was ended by {name}" + (", which the system sends when memory is short" if -code == signal.SIGKILL else "")
