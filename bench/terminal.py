"""What is said of a job at the terminal: lines that stay, and one that is redrawn where it is alone."""

import os
import sys
import warnings
from typing import TextIO

VERBOSE = "BENCH_VERBOSE"
"""Set in the environment by `-v`: captions are printed too."""


class Line:
    """`title` says which job this is ("job 3 of 12  gru depth 2 seed 0"). A line is redrawn only where it is alone."""

    def __init__(self, title: str, out: TextIO | None = None, *, alone: bool = True) -> None:
        self.title = title
        self.out = out or sys.stderr
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
        self.out.write("\r" + text.ljust(self.width))
        self.out.flush()
        self.width = len(text)


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
