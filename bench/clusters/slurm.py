"""Slurm, and the same on this machine to try it: a job is a job of submitit's, submitted by its own API.

What a job asks for when its time is nearly up (submitit's signal, SIGUSR2) it gets: it saves, and Slurm queues it again.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bench.clusters.cluster import Call, Cluster, Ended
from bench.errors import ConfigError
from bench.settings import Settings

LOOKS_EVERY = 10.0
"""Seconds between two questions to Slurm's accounting, which asks for all jobs at once."""
SETTLES_IN = 15.0
"""Seconds that what a job wrote may take until a file system shows it here."""


@dataclass(frozen=True)
class Resources(Settings):
    """What each job gets; None: what the cluster gives."""

    partition: str | None
    account: str | None
    qos: str | None
    constraint: str | None
    timeout_min: int
    cpus_per_task: int | None
    mem_gb: float | None
    gpus_per_node: int | None


@dataclass(frozen=True)
class Script(Settings):
    """Of the batch script: lines before the job, further options of sbatch, and how often a job is queued again."""

    setup: list[str]
    additional_parameters: dict[str, Any]
    signal_delay_s: int
    max_num_timeout: int


class Slurm(Cluster):
    """Jobs of Slurm."""

    package: ClassVar[str] = "submitit"
    extra: ClassVar[str] = "slurm"
    kind: ClassVar[str] = "slurm"

    def __init__(self, *, resources: Resources, script: Script) -> None:
        for key, value, low in (
            ("timeout_min", resources.timeout_min, 1),
            ("cpus_per_task", resources.cpus_per_task, 1),
            ("mem_gb", resources.mem_gb, 0),
            ("gpus_per_node", resources.gpus_per_node, 0),
            ("signal_delay_s", script.signal_delay_s, 1),
            ("max_num_timeout", script.max_num_timeout, 0),
        ):
            if value is not None and not low <= value < float("inf"):
                raise ConfigError(f"launcher.cluster.{key}={value} is out of range: give a number of at least {low}.")
        self.resources, self.script = resources, script
        self.executor: Any = None
        self.looked = float("-inf")
        self.gone: dict[Any, float] = {}

    @property
    def threads(self) -> int | None:
        return self.resources.cpus_per_task

    def open(self, folder: Path, *, at_once: int) -> str:
        import submitit

        folder.mkdir(parents=True, exist_ok=True)
        try:
            self.executor = submitit.AutoExecutor(folder, self.kind, **self._limits())
        except RuntimeError as error:
            raise ConfigError(
                "launcher=slurm finds no srun here: give the command on a machine of the cluster, or launcher=submitit."
            ) from error
        own = {key: value for key, value in self._parameters(at_once).items() if value is not None}
        self.executor.update_parameters(**own)
        return self._where()

    def submit(self, calls: Sequence[Call]) -> list[Any]:
        from submitit.core.utils import FailedJobError

        try:
            with _deaf_to_the_terminal(), self.executor.batch():
                return [self.executor.submit(_Again(call)) for call in calls]
        except FailedJobError as error:
            *_, last = [line for line in str(error).splitlines() if line.strip()] or ["no reason given"]
            raise ConfigError(
                f"launcher.cluster: sbatch refuses the jobs ({last.strip()}): change what they ask for."
            ) from error

    def ended(self, handles: Collection[Any]) -> dict[Any, Ended]:
        self._look(handles)
        ended = {}
        for job in handles:
            if job.paths.result_pickle.exists():
                ended[job] = Ended(_raised(job))
            elif self._is_gone(job):
                first = self.gone.setdefault(job, time.monotonic())
                if time.monotonic() - first >= self._settles_in():
                    ended[job] = Ended(self._cause(job))
            else:
                self.gone.pop(job, None)
        return ended

    def cancel(self, handles: Collection[Any]) -> None:
        if ids := [job.job_id for job in handles]:
            subprocess.run(["scancel", *ids], check=False)

    def close(self) -> None:
        self.executor = None

    def _limits(self) -> dict[str, Any]:
        return {f"{self.kind}_max_num_timeout": self.script.max_num_timeout}

    def _parameters(self, at_once: int) -> dict[str, Any]:
        """As submitit calls them."""
        resources, script = self.resources, self.script
        return {
            "name": "recurrent-bench",
            "timeout_min": resources.timeout_min,
            "cpus_per_task": resources.cpus_per_task,
            "mem_gb": resources.mem_gb,
            "gpus_per_node": resources.gpus_per_node,
            "slurm_partition": resources.partition,
            "slurm_account": resources.account,
            "slurm_qos": resources.qos,
            "slurm_constraint": resources.constraint,
            "slurm_signal_delay_s": script.signal_delay_s,
            "slurm_setup": script.setup or None,
            "slurm_additional_parameters": script.additional_parameters or None,
            "slurm_array_parallelism": at_once,
        }

    def _where(self) -> str:
        asked = {"partition": self.resources.partition, "minutes": self.resources.timeout_min}
        return "Slurm, " + " ".join(f"{key}={value}" for key, value in asked.items() if value is not None)

    def _look(self, handles: Collection[Any]) -> None:
        if handles and time.monotonic() - self.looked >= LOOKS_EVERY:
            next(iter(handles)).watcher.update()
            self.looked = time.monotonic()

    def _is_gone(self, job: Any) -> bool:
        return bool(job.watcher.is_done(job.job_id, mode="cache"))

    def _settles_in(self) -> float:
        return SETTLES_IN

    def _cause(self, job: Any) -> str:
        state = job.watcher.get_state(job.job_id, mode="cache")
        asked = ["sacct", "-X", "-n", "-P", "-o", "ExitCode", "-j", job.job_id]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        return f"{_by_exit_code(said)} (Slurm job {job.job_id}: {state})"


class Here(Slurm):
    """Jobs on this machine, by submitit's executor without Slurm; of the resources, the time alone counts."""

    kind: ClassVar[str] = "local"

    @property
    def threads(self) -> int | None:
        return self.resources.cpus_per_task or 1

    def cancel(self, handles: Collection[Any]) -> None:
        for job in handles:
            if not job.done():
                os.kill(int(job.job_id), signal.SIGTERM)  # submitit's own way would end it within a second

    def _parameters(self, at_once: int) -> dict[str, Any]:
        resources, script = self.resources, self.script
        gpus = {"gpus_per_node": resources.gpus_per_node} if resources.gpus_per_node else {}
        return {"timeout_min": resources.timeout_min, "local_setup": script.setup or None, **gpus}

    def _where(self) -> str:
        return "submitit on this machine, without Slurm"

    def _look(self, handles: Collection[Any]) -> None:
        """Each job's process is asked."""

    def _is_gone(self, job: Any) -> bool:
        return bool(job.done())

    def _settles_in(self) -> float:
        return 0.0

    def _cause(self, job: Any) -> str:
        return "was ended from outside, as by SIGKILL, which the system sends when memory is short"


class _Again:
    """A call that submitit may queue again."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __call__(self) -> str:
        return self.call()

    def checkpoint(self) -> Any:
        """What runs then: the same, which finds what it saved."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


@contextmanager
def _deaf_to_the_terminal() -> Iterator[None]:
    """What starts inside does not hear Ctrl-C: whoever started it does, and passes it on."""
    own = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, own)


def _raised(job: Any) -> str | None:
    """The last line of the trace of a call that raised; None of one that returned."""
    error = job.exception()
    if error is None:
        return None
    lines = [line for line in str(error).splitlines() if line and not line.startswith((" ", "---", "You can", "or at"))]
    return f"ended with {lines[-1]}"


def _by_exit_code(said: str) -> str:
    """From what sacct prints: `1:0`, an exit status and a signal; a shell says 128 and the signal instead."""
    match = re.match(r"(\d+):(\d+)", said)
    status, number = (int(match[1]), int(match[2])) if match else (0, 0)
    number = number or (status - 128 if status > 128 else 0)
    try:
        return f"was ended by {signal.Signals(number).name}"
    except ValueError:
        return f"ended with exit status {status}" if match else "was ended from outside"
