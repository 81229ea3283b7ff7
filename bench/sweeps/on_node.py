"""One job on a node of a cluster, or the speed pass: what the cluster starts there, and the process of its own that a job has.

What the cluster starts survives the job, so that one that dies leaves a record which says how and where. It is told to end by
SIGINT or SIGTERM, which a cluster may send to every process there is; the job's process hears neither, and is told once, by
`ASKS`. Any further signal (submitit's, before the time limit of Slurm) ends the job in the same way, and then does what it
would have done.
"""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import active_children, parent_process, resource_tracker
from pathlib import Path
from socket import gethostname
from typing import Any

import torch
from pebble import ProcessPool

from bench.config.schema import RunConfig
from bench.jobs.job import Job, Names, reopen
from bench.records import record
from bench.speed import speed_pass
from bench.sweeps import fork_server
from bench.sweeps.launcher import Share, status_of
from bench.terminal import tell_warnings_plainly
from bench.training.interrupts import interrupts

ASKS = signal.SIGUSR1
ENDS = (signal.SIGINT, signal.SIGTERM)
QUEUES_AGAIN = signal.SIGUSR2
LOOKS_EVERY = 0.2


@dataclass(frozen=True)
class OnNode:
    """A job as a cluster takes it. `directory`: where the command was given; `minutes`: after which it is stopped, or None."""

    config: RunConfig
    names: Names
    position: str
    directory: str
    minutes: float | None
    threads: int | None

    def __call__(self) -> str:
        """Runs the job to a record; the record's status."""
        os.chdir(self.directory)
        heard: set[int] = set()
        former = {number: signal.signal(number, lambda number, _: heard.add(number)) for number in (*ENDS, QUEUES_AGAIN)}
        job = reopen(self.config, self.names)
        Started.write(job)
        with _deaf():
            fork_server.start()
        try:
            status = self._carry_out(job, heard)
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
        if status == "interrupted" and QUEUES_AGAIN in heard:
            signal.raise_signal(QUEUES_AGAIN)
        if status == "interrupted" and signal.SIGTERM in heard:  # whether that was the end, the cluster says
            raise SystemExit(128 + signal.SIGTERM)
        return status

    def _carry_out(self, job: Job, heard: set[int]) -> str:
        share = Share(self.threads, os.environ.get("CUDA_VISIBLE_DEVICES"))
        limit = None if self.minutes is None else 60 * self.minutes
        pool: Any = ProcessPool(max_workers=1, max_tasks=1, context=fork_server.context())
        try:
            future = pool.schedule(work, args=(self, share, str(output_path(job))), timeout=limit)
            stopping = False
            while not future.done():
                wait([future], timeout=LOOKS_EVERY)
                if heard and not stopping:
                    for process in active_children():
                        os.kill(process.pid or 0, ASKS)
                        stopping = True
            return status_of(future, job, self.position, minutes=self.minutes, on_host=f" on {gethostname()}")
        except KeyboardInterrupt:  # the job's, which has written its record
            return "interrupted"
        finally:
            pool.stop()
            pool.join()


@dataclass(frozen=True)
class SpeedOnNode:
    """The speed pass of finished jobs of one folder, as a cluster takes it; it is short, and stopped it is made again."""

    members: tuple[tuple[RunConfig, Names], ...]
    directory: str
    threads: int | None

    def __call__(self) -> str:
        os.chdir(self.directory)
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        jobs = [reopen(config, names) for config, names in self.members]
        with open(folder_of(jobs[0]) / "speed.log", "a", encoding="utf-8") as log, redirect_stderr(log):
            speed_pass.measure(jobs[0].folder, jobs)
        return "ok"


@dataclass(frozen=True)
class Started:
    """That a job runs on a node, as a file beside what it prints. `former`: the record that it had before."""

    host: str
    former: str

    @classmethod
    def write(cls, job: Job) -> None:
        content = {"host": gethostname(), "former": content_of(job)}
        record.write_atomically(_started_path(job), json.dumps(content) + "\n")

    @classmethod
    def read(cls, job: Job) -> "Started | None":
        try:
            return cls(**json.loads(_started_path(job).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def clear(job: Job) -> None:
        _started_path(job).unlink(missing_ok=True)


def content_of(job: Job) -> str:
    """Tells the record that a job has from any other; empty where it has none."""
    path = record.path_of(job.folder, job.run_id)
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def folder_of(job: Job) -> Path:
    """Where the jobs of a sweep leave what they print on the nodes."""
    return job.folder / "cluster"


def output_path(job: Job) -> Path:
    return folder_of(job) / f"{job.run_id}.log"


def _started_path(job: Job) -> Path:
    return folder_of(job) / f"{job.run_id}.json"


def work(call: OnNode, share: Share, output: str) -> str:
    """The job in this process, to the end: the status of its record."""
    from bench.jobs.run import run

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    tell_warnings_plainly()
    interrupts.ignore(*ENDS)
    interrupts.listen(ASKS)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [ASKS, *ENDS])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if share.gpus is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = share.gpus
    if share.threads is not None:
        torch.set_num_threads(share.threads)
    return run(reopen(call.config, call.names), call.position, alone=False).status


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started inside hear nothing of `QUEUES_AGAIN`, and `ASKS` and `ENDS` once they unblock them.

    `ENDS` are blocked too, since the pool gives its processes handlers for these, which would end them.
    """
    resource_tracker.ensure_running()  # else the server starts it, and it unblocks SIGINT and SIGTERM
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (*ENDS, QUEUES_AGAIN)}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [ASKS, *ENDS])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _end_with_parent() -> None:
    """A job whose parent was killed ends too, at once: the record that says so is the sweep's."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)
