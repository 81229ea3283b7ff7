"""What a run may say while it goes, to wandb, to nobody or to several. No tracker raises; only `finish` waits, with a limit."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from bench.tracking.call_queue import CallQueue
from bench.tracking.queued import Queued
from bench.tracking.wandb_api import PATIENCE_S, discard

Rows = Sequence[Sequence[object]]


class Tracker(Protocol):
    @property
    def online(self) -> bool:
        """Whether a server takes what is said."""

    @property
    def address(self) -> str:
        """Where to look at the run: its page, or the folder of a run that is offline; empty where there is none."""

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

    online, address = False, ""

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


class WandbRun(Queued):
    """An open run of wandb."""

    name = "wandb"

    def __init__(self, run: Any, calls: CallQueue, limit_s: float, *, online: bool, artifacts: bool) -> None:
        super().__init__(calls, limit_s)
        self._run, self._online, self._artifacts = run, online, artifacts

    @property
    def online(self) -> bool:
        return self._online and not self._off

    @property
    def address(self) -> str:
        return str(self._run.url if self._online else Path(self._run.dir).parent)

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

    def _end(self, *, ok: bool) -> None:
        self._run.finish(exit_code=0 if ok else 1)

    def _abandon(self) -> None:
        discard(PATIENCE_S)


class Several:
    """Says everything to each of several trackers."""

    def __init__(self, trackers: Sequence[Tracker]) -> None:
        self._trackers = trackers

    @property
    def online(self) -> bool:
        return any(tracker.online for tracker in self._trackers)

    @property
    def address(self) -> str:
        return ", ".join(tracker.address for tracker in self._trackers if tracker.address)

    def log(self, values: Mapping[str, float], *, step: int) -> None:
        for tracker in self._trackers:
            tracker.log(values, step=step)

    def log_all(self, points: Sequence[tuple[Mapping[str, float], int]]) -> None:
        for tracker in self._trackers:
            tracker.log_all(points)

    def samples(self, title: str, columns: Sequence[str], rows: Rows) -> None:
        for tracker in self._trackers:
            tracker.samples(title, columns, rows)

    def summary(self, values: Mapping[str, object]) -> None:
        for tracker in self._trackers:
            tracker.summary(values)

    def table(self, name: str, columns: Sequence[str], rows: Rows) -> None:
        for tracker in self._trackers:
            tracker.table(name, columns, rows)

    def picture(self, name: str, path: Path) -> None:
        for tracker in self._trackers:
            tracker.picture(name, path)

    def artifact(self, name: str, kind: str, paths: Sequence[Path]) -> None:
        for tracker in self._trackers:
            tracker.artifact(name, kind, paths)

    def finish(self, *, ok: bool) -> None:
        for tracker in self._trackers:
            tracker.finish(ok=ok)
