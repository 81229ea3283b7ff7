"""What is said of a job at the terminal: lines that stay, and one that is redrawn where it is alone.

In a sweep at a terminal a job's process writes to a `Channel`, and the sweep's own process draws (`bench.sweeps.screen`).
"""

import io
import json
import os
import shutil
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

VERBOSE = "BENCH_VERBOSE"
"""Set in the environment by `-v`: captions are printed too."""


Address = tuple[str, int]
"""Of the socket of a sweep's screen, and the number of the job."""
PIECE = 4000
"""Characters of a line that are sent at once."""
PATIENCE_S = 1.0
"""With a screen that takes nothing; then the line is lost, for no job waits for a screen."""


class Channel(io.TextIOBase):
    """In place of a job's standard output and error: sends whole lines, and what the job does; a screen may be gone."""

    def __init__(self, address: Address) -> None:
        self.path, self.number = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE_S)
        self.rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            for start in range(0, max(len(line), 1), PIECE):
                self._send({"note": line[start : start + PIECE]})
        return len(text)

    def show(self, state: str, *, done: int = 0, total: int = 0, left: float | None = None) -> None:
        """What the job does now; left out where the screen is busy. `left`: seconds."""
        self._send({"job": self.number, "state": state, "done": done, "total": total, "left": left}, socket.MSG_DONTWAIT)

    def _send(self, message: dict[str, object], flags: int = 0) -> None:
        try:
            self.socket.sendto(json.dumps(message).encode(), flags, self.path)
        except OSError:
            return


class Line:
    """`title` says which job this is ("job 3 of 12  gru depth 2 seed 0"). A line is redrawn only where it is alone."""

    def __init__(self, title: str, out: TextIO | None = None, *, alone: bool = True) -> None:
        self.title = title
        self.out = out or sys.stderr
        self.channel = self.out if isinstance(self.out, Channel) else None
        self.live = alone and self.out.isatty()
        self.width = 0

    def note(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        print(f"{self.title}  {text}", file=self.out, flush=True)

    def clear(self) -> None:
        """Wipes the redrawn line."""
        if self.live and self.width:
            self.out.write("\r" + " " * self.width + "\r")
            self.width = 0

    def show(self, text: str) -> None:
        """Draws the line anew; a plain line where it is not redrawn."""
        if not self.live:
            print(text, file=self.out, flush=True)
            return
        text = text[: shutil.get_terminal_size().columns - 1]  # a line that wraps is not redrawn
        self.out.write("\r" + text.ljust(self.width))
        self.out.flush()
        self.width = len(text)

    def stage(self, name: str) -> None:
        """What the job does now, for whoever looks: nothing where there is no terminal."""
        if self.channel is not None:
            self.channel.show(name)
        elif self.live:
            self.show(f"{self.title}  {name}")


@contextmanager
def working(text: str) -> Iterator[None]:
    """Inside, a terminal shows the text and for how long; nothing where there is none."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bars.add_task(text, total=None)
        yield


def is_verbose() -> bool:
    return bool(os.environ.get(VERBOSE))


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any: 1:02:03."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def tell_warnings_plainly() -> None:
    """The suite's own warnings are sentences for users: one line, without a place in the source."""
    usual = warnings.formatwarning

    def form(message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None) -> str:
        if category.__module__.split(".")[0] in ("bench", "tasks"):
            return f"warning: {message}\n"
        return usual(message, category, filename, lineno, line)

    warnings.formatwarning = form
