"""What a run may say while it goes, said to wandb or to nobody. Neither tracker raises; only `finish` waits, with a limit."""

import queue
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from bench.tracking.call_queue import CallQueue
from bench.tracking.wandb_api import PATIENCE_S, discard
from bench.tracking.warnings import wandb_state

Rows = Sequence[Sequence[object]]


class Tracker(Protocol):
    @property
    def online(self) -> bool:
        """Whether a server takes what is said."""

    @property
    def address(self) -> str | None:
        """Where the run is shown; empty where it lies on this machine, None where nothing is kept."""

    def log(self, values: Mapping[str, float], *, step: int) -> None:
        """Points of curves; a step may be logged more than once."""

    def log_all(self, points: Sequence[tuple[Mapping[str, float], int]]) -> None:
        """Points of curves with their steps, in their order."""

    def samples(self, title: str, columns: Sequence[str], rows: Rows) -> None:
        """Generated texts, as a table of texts."""

    def summary(self, values: Mapping[str, object]) -> None:
        """What the run is shown with in a list of runs."""

    def table(self, name: str, columns: Sequence[str], rows: Rows) -> None:
        """A table; a column holds texts, or numbers, or truth values, and None among them."""

    def picture(self, name: str, path: Path) -> None:
        """A png or jpeg file, which must stay until `finish`."""

    def artifact(self, name: str, kind: str, paths: Sequence[Path]) -> None:
        """Files, kept by wandb in versions, where `Settings.artifacts` asks for that; they must stay until `finish`."""

    def finish(self, *, ok: bool) -> None:
        """Ends the run; must always be called, and counts once. Not ok: wandb shows the run as failed."""


class Nobody:
    """The tracker of track=none, of a rank other than 0, and of a run that wandb could not start."""

    online = False
    address = None

    def log(self, values: Mapping[str, float], *, step: int) -> None:
        pass

    def log_all(self, points: Sequence[tuple[Mapping[str, float], int]]) -> None:
        pass

    def samples(self, title: str, columns: Sequence[str], rows: Rows) -> None:
        pass

    def summary(self, values: Mapping[str, object]) -> None:
        pass

    def table(self, name: str, columns: Sequence[str], rows: Rows) -> None:
        pass

    def picture(self, name: str, path: Path) -> None:
        pass

    def artifact(self, name: str, kind: str, paths: Sequence[Path]) -> None:
        pass

    def finish(self, *, ok: bool) -> None:
        pass


class WandbRun:
    """An open run behind its calls. The first error switches it off; `finish` still saves what was sent before."""

    def __init__(self, run: Any, calls: CallQueue, limit_s: float, *, online: bool, artifacts: bool) -> None:
        self._run, self._calls, self._limit_s = run, calls, limit_s
        self._online, self._artifacts = online, artifacts
        self._off = self._finished = False

    @property
    def online(self) -> bool:
        return self._online and not self._off

    @property
    def address(self) -> str:
        return str(self._run.url or "") if self.online else ""

    def log(self, values: Mapping[str, float], *, step: int) -> None:
        self.log_all([(values, step)])

    def log_all(self, points: Sequence[tuple[Mapping[str, float], int]]) -> None:
        rows = [{**values, "step": step} for values, step in points]

        def send() -> None:
            for row in rows:
                self._run.log(row)

        self._send(send)

    def samples(self, title: str, columns: Sequence[str], rows: Rows) -> None:
        self.table(title, columns, [[str(value) for value in row] for row in rows])

    def summary(self, values: Mapping[str, object]) -> None:
        copy = dict(values)
        self._send(lambda: self._run.summary.update(copy))

    def table(self, name: str, columns: Sequence[str], rows: Rows) -> None:
        names, data = list(columns), [list(row) for row in rows]

        def send() -> None:
            import wandb

            self._run.log({name: wandb.Table(columns=names, data=data)})

        self._send(send)

    def picture(self, name: str, path: Path) -> None:
        def send() -> None:
            import wandb

            self._run.log({name: wandb.Image(str(path))})

        self._send(send)

    def artifact(self, name: str, kind: str, paths: Sequence[Path]) -> None:
        def send() -> None:
            import wandb

            artifact = wandb.Artifact(re.sub(r"[^A-Za-z0-9_.-]", "-", name), type=kind)
            for path in paths:
                artifact.add_file(str(path))
            self._run.log_artifact(artifact)

        if self._artifacts:
            self._send(send)

    def finish(self, *, ok: bool) -> None:
        if self._finished:
            return
        self._finished = True
        try:
            self._calls.ask(lambda: self._run.finish(exit_code=0 if ok else 1), self._limit_s)
            self._calls.dismiss()
        except Exception as error:
            self._fail(error)
            discard(PATIENCE_S)

    def _send(self, call: Callable[[], object]) -> None:
        if self._off:
            return

        def attempt() -> None:
            try:
                if not self._off:
                    call()
            except Exception as error:
                self._fail(error)

        try:
            self._calls.post(attempt)
        except queue.Full:
            self._fail(TimeoutError("its queue is full"))

    def _fail(self, error: Exception) -> None:
        if self._off:
            return
        self._off = True
        wandb_state.unreachable |= isinstance(error, TimeoutError)
        wandb_state.warn(error, "this run continues untracked; what wandb has written so far is on disk")
