"""What the server of job processes has ready when it forks one: the libraries, and what is slow to ask of the machine.

Nothing of it draws a random number, starts a thread or touches a device. What it holds is taken from the garbage collector,
which would go through all of it, and so copy it, in every job.
"""

import gc

import safetensors.torch

from bench import launching, run
from bench.machine import commit, versions

__all__ = ["launching", "run", "safetensors"]

commit()
versions()
gc.collect()
gc.freeze()
