"""What the server of job processes has ready when it forks one: the libraries, and what is slow to ask of the machine.

Nothing of it draws a random number, starts a thread or touches a device.
"""

import safetensors.torch

from bench import launching, run
from bench.machine import commit, versions

__all__ = ["launching", "run", "safetensors"]

commit()
versions()
