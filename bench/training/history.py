"""What a training has logged, in a file beside its weights: a run that takes it up again says the whole of it anew.

A tracked run is a file, and of several files of one run only the newest is sent (`bench.tracking.upload`). So where a training
was interrupted, or its weights are scored once more, what was logged before is logged again.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.records.record import write_atomically
from bench.tracking import Tracker


class History:
    """Logs to `tracker`, and to `path` a line of JSON at a time. `warn` is told, in a sentence, when the disk takes nothing."""

    def __init__(self, path: Path, tracker: Tracker, warn: Callable[[str], None]) -> None:
        self.path, self.tracker, self.warn = path, tracker, warn
        self.begun = self.lost = False
        self.newest = 0

    def log(self, values: dict[str, float], step: int) -> None:
        """Logs; first of all what was logged of earlier steps. What was logged of later ones the training takes again.

        What this object has logged it does not log again: a training taken up from an earlier step repeats it bit for bit.
        """
        if step < self.newest:
            return
        self.newest = step
        if not self.begun:
            self._begin(step)
        self._keep(values, step)
        self.tracker.log(values, step=step)

    def repeat(self) -> None:
        """Logs all of a training that has ended, unless it was logged here as it went."""
        if not self.begun:
            self.begun = True
            self.tracker.log_all(list(self._read_lines()))

    def _begin(self, step: int) -> None:
        self.begun = True
        earlier = [(values, at) for values, at in self._read_lines() if at < step]
        self.tracker.log_all(earlier)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, "".join(_line(values, at) for values, at in earlier))
        except OSError as error:
            self._lose(error)

    def _keep(self, values: dict[str, float], step: int) -> None:
        if self.lost:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(values, step))
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self.lost = True
        self.warn(f"{self.path} cannot be written ({error.strerror}); should this training be interrupted, its log is lost")

    def _read_lines(self) -> Iterator[tuple[dict[str, float], int]]:
        """The whole lines: the last one is torn where the process was killed."""
        if not self.path.is_file():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                values = json.loads(line)
            except ValueError:
                return
            yield values, values.pop("step")


def _line(values: dict[str, float], step: int) -> str:
    return json.dumps({"step": step, **values}) + "\n"
