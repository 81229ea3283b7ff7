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
class Found:
    """Files of offline runs: those to send, those sent before; `older` counts files of runs that ran again since."""

    waiting: tuple[Path, ...]
    sent: tuple[Path, ...]
    older: int


def find(settings: Settings, ids: Iterable[str]) -> Found:
    """The offline runs with these ids. Raises TrackError where there are none."""
    place = Path(settings.folder) / "wandb"
    files = {one: sorted(place.glob(f"offline-run-*-{one}/run-{one}.wandb")) for one in ids}
    newest = [found[-1] for found in files.values() if found]
    if not newest:
        raise TrackError(
            f"{place.resolve()} holds no offline runs of this sweep: run it with track=wandb first, or give the folder that "
            "holds its `wandb` with WANDB_DIR."
        )
    sent = tuple(path for path in newest if _mark(path).exists())
    older = sum(map(len, files.values())) - len(newest)
    return Found(tuple(path for path in newest if path not in sent), sent, older)


def send(settings: Settings, files: Sequence[Path]) -> None:
    """Sends these files. Raises TrackError without an API key, SendError where the server refuses or falls silent."""
    if not has_key():
        raise TrackError("Sending needs an API key and none was found: set WANDB_API_KEY, or run `wandb login`.")
    load()
    try:
        within(settings.timeout_s, lambda: _greet(settings.timeout_s))
    except Exception as error:
        discard(0)
        raise SendError(f"the wandb server does not answer as it should ({brief(error)}): nothing was sent.") from error
    last = _sync(files)
    left = [path for path in files if not _mark(path).exists()]
    if left:
        raise SendError(
            f"{len(left)} of {len(files)} runs were not sent ({last}): the same command sends them, and those alone."
        )


def _greet(timeout_s: float) -> None:
    import wandb

    quieten(timeout_s)
    if not wandb.Api().default_entity:
        raise PermissionError("it knows nobody by this key")


def _sync(files: Sequence[Path]) -> str:
    """Runs `wandb sync` until it ends, or marks no further file for SILENCE_S; returns what it said last."""
    command = [sys.executable, "-m", "wandb", "sync", *map(str, files)]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT) as process,
    ):
        marked, since = 0, time.monotonic()
        while process.poll() is None:
            time.sleep(POLL_S)
            now = sum(_mark(path).exists() for path in files)
            if now > marked:
                marked, since = now, time.monotonic()
            if time.monotonic() - since > SILENCE_S:
                process.kill()
                return f"the server took nothing for {SILENCE_S:g} seconds"
        said.seek(0)
        return redact_text((said.read().strip().splitlines() or ["wandb said nothing"])[-1])


def _mark(path: Path) -> Path:
    """What wandb puts beside a file that is sent."""
    return path.with_name(f"{path.name}.synced")
