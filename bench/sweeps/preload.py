"""What the server of job processes has ready when it forks one: the libraries, what configurations name, and what is slow to
ask of the machine.

Nothing of it draws a random number, starts a thread or touches a device. What it holds is taken from the garbage collector,
which would go through all of it, and so copy it, in every job.
"""

import gc
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages

import matplotlib.figure
import safetensors.torch

from bench.jobs import run
from bench.records.machine import commit, versions
from bench.sweeps import launcher

__all__ = ["launcher", "matplotlib", "run", "safetensors"]

for package in ("bench.cells", "bench.data", "bench.decoding", "bench.metrics", "bench.nets", "bench.tasks"):
    for module in walk_packages(import_module(package).__path__, f"{package}."):
        with suppress(Exception):  # a broken one is told by the job that names it
            import_module(module.name)
commit()
versions()
gc.collect()
gc.freeze()
