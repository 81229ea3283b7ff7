"""Ray: a job is a task of Ray's, submitted by its own API."""

import logging
import os
import signal
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

from bench.clusters.cluster import Call, Cluster, Ended
from bench.errors import ConfigError


class Ray(Cluster):
    """`address`: "auto" or HOST:PORT of a cluster that runs; None starts one on this machine.

    `num_cpus`, `num_gpus`: what each job takes of it.
    """

    package: ClassVar[str] = "ray"
    extra: ClassVar[str] = "ray"

    def __init__(self, *, address: str | None, num_cpus: float, num_gpus: float) -> None:
        for key, value in (("num_cpus", num_cpus), ("num_gpus", num_gpus)):
            if not 0 <= value < float("inf"):
                raise ConfigError(f"launcher.cluster.{key}={value} is out of range: give a number of at least 0.")
        self.address, self.num_cpus, self.num_gpus = address, num_cpus, num_gpus
        self.task: Any = None

    @property
    def threads(self) -> int:
        return max(1, int(self.num_cpus))

    def open(self, folder: Path, *, at_once: int) -> str:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")  # Ray's own 20 wait a quarter of an hour for one that is gone
        import ray

        own = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            # with None, Ray would first try the last cluster of this machine, which may be somebody's, or gone
            ray.init(address=self.address or "local", log_to_driver=False, logging_level=logging.CRITICAL)
        except (ConnectionError, ValueError, RuntimeError) as error:
            first, *_ = str(error).strip().splitlines() or [type(error).__name__]
            raise ConfigError(
                f"launcher.cluster.address={self.address}: no Ray cluster answers ({first.rstrip('.')}): start one with "
                "`ray start --head`, or leave the address out for one on this machine alone."
            ) from error
        finally:
            for number, handler in own.items():  # Ray's own handler ends the program without a word
                signal.signal(number, handler)
        self.task = ray.remote(num_cpus=self.num_cpus, num_gpus=self.num_gpus, max_retries=0)(_call)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        fitting = [node for node in nodes if node.get("CPU", 0) >= self.num_cpus and node.get("GPU", 0) >= self.num_gpus]
        short = (
            "" if fitting else f", none of which has num_cpus={self.num_cpus:g} num_gpus={self.num_gpus:g}: jobs wait for one"
        )
        cpus, gpus = (sum(node.get(kind, 0) for node in nodes) for kind in ("CPU", "GPU"))
        return f"Ray with {len(nodes)} node{'s' * (len(nodes) != 1)}, {cpus:g} CPUs and {gpus:g} GPUs{short}"

    def submit(self, calls: Sequence[Call]) -> list[Any]:
        return [self.task.remote(call) for call in calls]

    def ended(self, handles: Collection[Any]) -> dict[Any, Ended]:
        import ray

        ready, _ = ray.wait(list(handles), num_returns=len(handles), timeout=0)
        return {handle: Ended(_cause(handle)) for handle in ready}

    def cancel(self, handles: Collection[Any]) -> None:
        import ray

        for handle in handles:
            ray.cancel(handle)

    def close(self) -> None:
        import ray

        ray.shutdown()


def _call(call: Call) -> str:
    return call()


def _cause(handle: Any) -> str | None:
    import ray
    from ray import exceptions

    try:
        ray.get(handle)
    except exceptions.TaskCancelledError:
        return "was cancelled"
    except exceptions.OutOfMemoryError:
        return "was ended by Ray because the memory of the node was short"
    except (exceptions.WorkerCrashedError, exceptions.NodeDiedError, exceptions.LocalRayletDiedError):
        return "was ended from outside: with its node, or by SIGKILL, which the system sends when memory is short"
    except exceptions.RayTaskError as error:
        return f"ended with {type(error.cause).__name__}: {error.cause}"
    except exceptions.RayError as error:
        return f"ended with {type(error).__name__}: {str(error).strip().splitlines()[0]}"
    return None
