"""The server that forks the processes of jobs (multiprocessing's fork server): one a command, with `bench.sweeps.preload`
imported.

It imports while the command prepares its jobs, where it is started before that.
"""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

PRELOAD = ["bench.sweeps.preload", "bench.__main__"]


def start() -> None:
    """Starts it, unless it runs."""
    context()
    forkserver.ensure_running()


def context() -> ForkServerContext:
    """For processes that it forks."""
    forkserver_context = multiprocessing.get_context("forkserver")
    forkserver_context.set_forkserver_preload(PRELOAD)
    return forkserver_context
