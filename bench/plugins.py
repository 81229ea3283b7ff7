"""Packages of the user's own whose classes may stand where the suite's stand.

    python -m bench plugins=[mypackage] cell=mycell --config-dir myconf

lets `_target_: mypackage.cells.MyCell` name a cell, net, task, data set or decoding strategy. A package is trusted once it is
named by `plugins=`, or where it is installed with an entry point of the group `recurrent_bench`; its import runs its code, so
nothing else is ever imported for a configuration.
"""

import importlib
import importlib.metadata
import os
import sys
import traceback
from collections.abc import Iterable
from functools import cache

from bench.errors import ConfigError

GROUP = "recurrent_bench"

_named: set[str] = set()


def trust(packages: Iterable[str]) -> None:
    """Imports the packages, and lets configurations name what is in them, as long as this process lives.

    They may lie in the working directory. Raises ConfigError for one that cannot be imported; the trace of its own error is
    shown before.
    """
    for package in packages:
        if package in _named:
            continue
        if not all(part.isidentifier() for part in package.split(".")):
            raise ConfigError(f"plugins=[{package}] is refused: give the names of packages, such as plugins=[mypackage].")
        if package.split(".")[0] == "bench":
            raise ConfigError(f"plugins=[{package}] is refused: it is the suite itself; give packages of your own.")
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())
        try:
            importlib.import_module(package)
        except Exception as error:
            if not (isinstance(error, ModuleNotFoundError) and error.name == package):
                traceback.print_exc()
            raise ConfigError(
                f"plugins=[{package}] cannot be imported ({type(error).__name__}: {error}): correct the name, install it, or "
                "run the command in the folder where it lies."
            ) from error
        _named.add(package)


def trusted() -> list[str]:
    """The packages that configurations may name, sorted."""
    return sorted({*_named, *installed()})


@cache
def installed() -> tuple[str, ...]:
    """Packages that say by an entry point that they bring classes for the suite."""
    return tuple(sorted({point.value for point in importlib.metadata.entry_points(group=GROUP)}))


def owner(module: str) -> str | None:
    """The trusted package that a module belongs to; None for the suite's own."""
    return next((name for name in trusted() if f"{module}.".startswith(f"{name}.")), None)
