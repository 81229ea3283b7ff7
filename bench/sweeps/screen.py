"""A sweep at a terminal: one line for all of it, with the time left, and one for each job that runs; what is said stands above.

Jobs are other processes: they send what they do, and their lines, as datagrams (`bench.terminal.Channel`). Where there is no
terminal, jobs write plain lines themselves.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench.terminal import Address, clock

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LOADING = "loading"
REFRESHES = 4
"""A second."""
LONGEST = 1 << 16
"""Bytes of a message."""
POLL_S = 0.2
LEAST_DONE = 0.02
"""Jobs that must be done, in all, before the time left is said."""


class Screen:
    """`address(number)`: where the job of that number sends to; None where there is no terminal."""

    def address(self, number: int) -> Address | None:
        return None

    def start(self, number: int, title: str) -> None:
        """A job starts."""

    def end(self, number: int, *, done: bool) -> None:
        """A job has ended; not `done`, it waits again."""

    def skip(self) -> None:
        """A job was done before."""


@contextmanager
def screen(jobs: int) -> Iterator[Screen]:
    """For a sweep of so many jobs."""
    if not sys.stderr.isatty():
        yield Screen()
        return
    folder = tempfile.mkdtemp(prefix="bench-")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
            try:
                inbox.bind(os.path.join(folder, "screen"))
            except OSError:  # a folder whose name is too long for an address
                yield Screen()
                return
            with _bars() as bars:
                live = _Live(jobs, bars, inbox)
                try:
                    yield live
                finally:
                    live.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    title = Column(ratio=3, no_wrap=True, overflow="ellipsis")
    state = Column(ratio=2, no_wrap=True, overflow="ellipsis", justify="right")
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=title),
        TextColumn("{task.fields[state]}", markup=False, table_column=state),
        BarColumn(bar_width=12),
        TextColumn("{task.fields[left]}", markup=False, table_column=Column(no_wrap=True, min_width=5, justify="right")),
        console=Console(stderr=True),
        expand=True,
        transient=True,
        refresh_per_second=REFRESHES,
    )


class _Live(Screen):
    def __init__(self, jobs: int, bars: "Progress", inbox: socket.socket) -> None:
        self.jobs, self.bars, self.inbox = jobs, bars, inbox
        self.began, self.done, self.skipped = time.monotonic(), 0, 0
        self.lines: dict[int, TaskID] = {}
        self.shares: dict[int, float] = {}
        self.lock = threading.Lock()
        self.closing = False
        self.sweep = bars.add_task("sweep", total=jobs, state="", left="")
        inbox.settimeout(POLL_S)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self._count()

    def address(self, number: int) -> Address | None:
        return self.inbox.getsockname(), number

    def start(self, number: int, title: str) -> None:
        with self.lock:
            self.lines[number] = self.bars.add_task(title, total=None, state=LOADING, left="")
        self._count()

    def end(self, number: int, *, done: bool) -> None:
        with self.lock:
            self.bars.remove_task(self.lines.pop(number))
            self.shares.pop(number, None)
            self.done += done
        self._count()

    def skip(self) -> None:
        self.skipped += 1
        self._count()

    def close(self) -> None:
        """After what was sent last."""
        self.closing = True
        self.reader.join()

    def _read(self) -> None:
        while True:
            try:
                message = json.loads(self.inbox.recv(LONGEST))
            except TimeoutError:
                if self.closing:
                    return
                self._count()
                continue
            except OSError:
                return
            if "note" in message:
                self.bars.console.print(message["note"], markup=False, highlight=False, soft_wrap=True)
            else:
                self._show(message)

    def _show(self, message: dict[str, Any]) -> None:
        number, total = message["job"], message["total"]
        with self.lock:
            if number not in self.lines:
                return
            if total:
                self.shares[number] = message["done"] / total
            left = "" if message["left"] is None else clock(message["left"])
            line = self.lines[number]
            self.bars.update(line, total=total or None, completed=message["done"], state=message["state"], left=left)

    def _count(self) -> None:
        """The line of the sweep: jobs that have ended, the shares of those that run, the time left at this rate."""
        with self.lock:
            run = self.done + sum(self.shares.values())
            remaining = self.jobs - self.skipped - run
            seconds = time.monotonic() - self.began
            left = clock(seconds * remaining / run) if run > LEAST_DONE else ""
            state = f"{self.done + self.skipped} of {self.jobs} jobs, {clock(seconds)}"
            self.bars.update(self.sweep, completed=self.skipped + run, state=state, left=left)
