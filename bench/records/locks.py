"""Locks between processes, also on other machines that share the folder: one trains or writes, the others wait.

A lock is a file made by O_EXCL that names its holder (host, process, when that started); one whose holder is gone from this
host is taken over. A holder that died on another host cannot be seen from here: then the file is to be deleted by hand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import SoftFileLock, Timeout

POLL_S = 0.1


@contextmanager
def held(path: Path, *, waits: Callable[[], None]) -> Iterator[None]:
    """Holds the lock `path` inside; `waits` is called once where another holds it. Raises OSError where it cannot be made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = SoftFileLock(path, poll_interval=POLL_S)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waits()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock `path`."""
    if not path.exists():
        return False
    lock = SoftFileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
