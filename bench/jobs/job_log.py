"""The log of a job, `<sweep>/logs/<run_id>.log` beside its record: its warnings, and the trace where it failed.

There is none of a job that had nothing to say. What is in it is also said at the terminal, but for the trace, which is named.
"""

import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class JobLog:
    """Writes to the file of one job; a disk that takes nothing is no reason to fail."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def clear(self) -> None:
        """Removes what an earlier attempt left."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return

    def write(self, text: str) -> bool:
        """Adds to the file; whether that was possible."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            return False
        return True

    def trace(self, error: BaseException) -> bool:
        """Adds the trace of an error; whether that was possible."""
        return self.write("".join(traceback.format_exception(error)))

    @contextmanager
    def warnings(self) -> Iterator[None]:
        """Inside, warnings are written too."""
        usual = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            self.write(warnings.formatwarning(message, category, filename, lineno, line))
            usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        try:
            yield
        finally:
            warnings.showwarning = usual


def path_of(folder: Path, run_id: str) -> Path:
    """Where the log of a run lies in the folder of its sweep."""
    return folder / "logs" / f"{run_id}.log"
