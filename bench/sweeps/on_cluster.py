"""The jobs of a sweep on a cluster: handed over, watched, and recorded where a job could not do so itself.

Of jobs that share a training the first trains, and the others are handed over when its weights are there.
"""

import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench.build import build
from bench.clusters.cluster import Cluster
from bench.config.schema import LauncherConfig
from bench.jobs.job import Job
from bench.jobs.record_builder import already, lost, one_line
from bench.records import record
from bench.sweeps.launcher import Ended
from bench.sweeps.on_node import OnNode, SpeedOnNode, Started, content_of, folder_of
from bench.sweeps.positions import positions as named
from bench.terminal import Line

LOOKS_EVERY = 0.5


def run_all(jobs: Sequence[Job], settings: LauncherConfig, *, positions: Sequence[str] = ()) -> None:
    """Runs every job to a record. `positions`: what to call them, if not "job 1 of N".

    An interrupt lets those that run save, end and note it in their records, and is raised again; a second one does not wait for
    them. Raises Refusal where the cluster cannot be reached, or takes no job.
    """
    assert settings.cluster is not None
    cluster: Cluster = build(settings.cluster, key="launcher.cluster")
    names = positions or named(jobs)
    run = _Run(jobs, names, settings, cluster)
    if not run.waiting:
        return
    folder = folder_of(jobs[0])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        pool = cluster.open(folder, at_once=min(settings.jobs, len(run.waiting)))
        print(f"{len(run.waiting)} jobs go to {pool}; what they print: {folder}", file=sys.stderr, flush=True)
        run.to_the_end()
    finally:
        cluster.close()


def measure_speed(jobs: Sequence[Job], settings: LauncherConfig) -> None:
    """The speed pass of jobs of one folder, as one call on a node. Raises RuntimeError where it ends without a result, and
    Refusal as `run_all`."""
    assert settings.cluster is not None
    cluster: Cluster = build(settings.cluster, key="launcher.cluster")
    folder, handles = folder_of(jobs[0]), []
    folder.mkdir(parents=True, exist_ok=True)
    try:
        pool = cluster.open(folder, at_once=1)
        print(f"the speed pass goes to {pool}; what it prints: {folder}", file=sys.stderr, flush=True)
        members = tuple((job.config, job.names) for job in jobs)
        handles = cluster.submit([SpeedOnNode(members, os.getcwd(), cluster.threads)])
        while not (ended := cluster.ended(handles)):
            time.sleep(LOOKS_EVERY)
    except KeyboardInterrupt:
        cluster.cancel(handles)
        raise
    finally:
        cluster.close()
    ((cause,),) = ended.values()
    if cause is not None:
        raise RuntimeError(f"the speed pass on the cluster {cause}; what it printed: {folder}")


class _Run:
    """Which jobs wait to be handed over, which are with the cluster, and which of these run."""

    def __init__(self, jobs: Sequence[Job], positions: Sequence[str], settings: LauncherConfig, cluster: Cluster) -> None:
        self.jobs, self.positions, self.settings, self.cluster = jobs, positions, settings, cluster
        self.waiting = [number for number in range(len(jobs)) if already(jobs[number], self._line(number)) is None]
        self.handles: dict[Any, int] = {}
        self.former: dict[int, str] = {}
        self.running: set[int] = set()
        self.ended = 0

    def to_the_end(self) -> None:
        try:
            while self.waiting or self.handles:
                self._submit()
                self._look()
        except KeyboardInterrupt:
            self._stop()
            raise

    def _submit(self) -> None:
        """Hands over all that may run now, in one go: an array of Slurm's."""
        busy = {self.jobs[number].train_id for number in self.handles.values() if not self.jobs[number].trained()}
        batch: list[int] = []
        for number in self.waiting:
            if len(self.handles) + len(batch) >= self.settings.jobs:
                break
            if (train_id := self.jobs[number].train_id) in busy:
                continue
            batch.append(number)
            if not self.jobs[number].trained():
                busy.add(train_id)
        if not batch:
            return
        for number in batch:
            self.waiting.remove(number)
            self.former[number] = content_of(self.jobs[number])
            Started.clear(self.jobs[number])
        self.handles |= dict(zip(self.cluster.submit([self._call(number) for number in batch]), batch, strict=True))
        if len(batch) > 1 or not self.ended:
            print(self._counts(), file=sys.stderr, flush=True)

    def _call(self, number: int) -> OnNode:
        job = self.jobs[number]
        position, directory, minutes = self.positions[number], os.getcwd(), self.settings.minutes
        return OnNode(job.config, job.names, position, directory, minutes, self.cluster.threads)

    def _look(self) -> None:
        """Says what has started and ended since the last time."""
        time.sleep(LOOKS_EVERY)
        for handle, (cause,) in self.cluster.ended(self.handles).items():
            number = self.handles.pop(handle)
            self.running.discard(number)
            self.ended += 1
            if self._status(number, cause) != "ok" and self.settings.fail_fast:
                self.waiting.clear()
            print(self._counts(), file=sys.stderr, flush=True)
        for number in self.handles.values():
            if number not in self.running and (started := Started.read(self.jobs[number])) is not None:
                self.running.add(number)
                self._line(number).note(f"runs on {started.host}")

    def _status(self, number: int, cause: str | None) -> str:
        """How a job ended; where it could not say so itself, its record is written here."""
        job = self.jobs[number]
        started = Started.read(job)
        former = self.former[number] if started is None else started.former
        finished = job.done()
        if finished is None and content_of(job) not in ("", former):
            finished = record.read(record.path_of(job.folder, job.run_id))
        if finished is not None:
            self._line(number).note(one_line(finished))
            return finished.status
        on_host, when = ("", ", before the job started") if started is None else (f" on {started.host}", "")
        how = cause or "ended without a record"
        error = Ended(f"the job's process{on_host} {how}{when}; what it printed: {folder_of(job)}")
        return lost(job, self.positions[number], "killed", error).status

    def _stop(self) -> None:
        """Interrupts what the cluster has, and waits for what ran to save and end."""
        queued = [handle for handle, number in self.handles.items() if number not in self.running]
        running = len(self.handles) - len(queued)
        print(f"interrupted: {running} running jobs save and end; again to leave at once", file=sys.stderr, flush=True)
        self.cluster.cancel(self.handles)
        while any(number in self.running for number in self.handles.values()):
            time.sleep(LOOKS_EVERY)
            for handle, (cause,) in self.cluster.ended(self.handles).items():
                number = self.handles.pop(handle)
                if number in self.running:
                    self._status(number, cause)

    def _counts(self) -> str:
        running = len(self.running)
        queued = len(self.waiting) + len(self.handles) - running
        return f"{queued} queued, {running} running, {len(self.jobs) - queued - running} done"

    def _line(self, number: int) -> Line:
        return Line(f"{self.positions[number]}  {self.jobs[number].label}", alone=False)
