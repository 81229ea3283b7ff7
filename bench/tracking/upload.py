"""Sending offline runs later, by wandb's own `sync` in a process of its own: what it has sent it marks with a file beside it.

A run is found by its stable id. Of several files of one run (the job ran again, tables were made again) only the newest counts:
on the server they would be one run anyway.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.tracking.call_queue import within
from bench.tracking.redaction import redact_text
from bench.tracking.settings import Settings, TrackError, has_key
from bench.tracking.wandb_api import discard, load, quieten
from bench.tracking.warnings import brief

SILENCE_S = 600.0
POLL_S = 0.2


class SendError(RuntimeError):
    """The server did not take what was sent; the text is one sentence for the user."""


@dataclass(frozen=True)
class OfflineRuns:
    """Files of offline runs: those to send, those sent before; `older` counts files of runs that ran again since."""

    waiting: tuple[Path, ...]
    sent: tuple[Path, ...]
    older: int


def find(settings: Settings, ids: Iterable[str]) -> OfflineRuns:
    """The offline runs with these ids. Raises TrackError where there are none."""
    folder = Path(settings.folder) / "wandb"
    files = {run: sorted(folder.glob(f"offline-run-*-{run}/run-{run}.wandb")) for run in ids}
    newest = [paths[-1] for paths in files.values() if paths]
    if not newest:
        raise TrackError(
            f"{folder.resolve()} holds no offline runs of this sweep: run it with track=wandb first, or set WANDB_DIR to the "
            "folder that contains its `wandb`."
        )
    sent = tuple(path for path in newest if _mark(path).exists())
    older = sum(map(len, files.values())) - len(newest)
    return OfflineRuns(tuple(path for path in newest if path not in sent), sent, older)


def send(settings: Settings, files: Sequence[Path]) -> None:
    """Sends these files. Raises TrackError without an API key, SendError where the server refuses or falls silent."""
    if not has_key():
        raise TrackError("Sending needs an API key and none was found: set WANDB_API_KEY, or run `wandb login`.")
    load()
    try:
        within(settings.timeout_s, lambda: _greet(settings.timeout_s))
    except Exception as error:
        discard(0)
        raise SendError(f"the wandb server did not answer as expected ({brief(error)}): nothing was sent.") from error
    last_line = _sync(files)
    unsent = [path for path in files if not _mark(path).exists()]
    if unsent:
        raise SendError(f"{len(unsent)} of {len(files)} runs were not sent ({last_line}): repeat the command to send the rest.")


def _greet(timeout_s: float) -> None:
    import wandb

    quieten(timeout_s)
    if not wandb.Api().default_entity:
        raise PermissionError("there is no account for this API key")


def _sync(files: Sequence[Path]) -> str:
    """Runs `wandb sync` until it ends, or marks no further file for SILENCE_S; returns what it said last."""
    command = [sys.executable, "-m", "wandb", "sync", *map(str, files)]
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        marked, last_change = 0, time.monotonic()
        while process.poll() is None:
            time.sleep(POLL_S)
            count = sum(_mark(path).exists() for path in files)
            if count > marked:
                marked, last_change = count, time.monotonic()
            if time.monotonic() - last_change > SILENCE_S:
                process.kill()
                return f"the server accepted nothing for {SILENCE_S:g} seconds"
        output.seek(0)
        return redact_text((output.read().strip().splitlines() or ["no message from wandb"])[-1])


def _mark(path: Path) -> Path:
    """What wandb puts beside a file that is sent."""
    return path.with_name(f"{path.name}.synced")
