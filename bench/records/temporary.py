"""Names of files that are written beside those which they replace, and what processes that died left of them."""

import hashlib
import os
import re
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

from bench.records.locks import host, system

OLD_S = 24 * 3600.0
"""Seconds after which what another machine left counts as left by the dead."""
NAME = re.compile(r"\..*\.(?P<machine>[0-9a-f]{8})-(?P<pid>\d+)\.[0-9a-f]{32}\.tmp")


def beside(path: Path) -> Path:
    """A file in the folder of `path` that nobody else writes."""
    return path.parent / f".{path.name}.{_machine()}-{os.getpid()}.{uuid.uuid4().hex}.tmp"


def clear(folder: Path) -> None:
    """Removes from `folder` what dead processes left there; what another machine left, when it is a day old."""
    for path in folder.glob(".*.tmp"):
        with suppress(OSError):
            if _is_left(path):
                path.unlink()


def _is_left(path: Path) -> bool:
    match = NAME.fullmatch(path.name)
    if match is None or match["machine"] != _machine():
        return time.time() - path.stat().st_mtime > OLD_S
    try:
        os.kill(int(match["pid"]), 0)
    except ProcessLookupError:
        return True
    return False


@cache
def _machine() -> str:
    return hashlib.sha256(f"{host()} {system()}".encode()).hexdigest()[:8]
