"""Opening a run: online where that is wanted and possible, else offline, else nowhere. It raises nothing."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from bench.tracking.call_queue import CallQueue
from bench.tracking.loggers import open_logger
from bench.tracking.redaction import redact, without_paths
from bench.tracking.run_info import RunInfo
from bench.tracking.settings import Settings, resolve_mode
from bench.tracking.tracker import Nobody, Several, Tracker, WandbRun
from bench.tracking.wandb_api import begin, discard, load
from bench.tracking.warnings import wandb_state

GRACE_S = 10.0


def open_run(settings: Settings, info: RunInfo) -> Tracker:
    """A new run, never one that is still open; nobody where this process is a rank other than 0."""
    names = [name for name in dict.fromkeys((settings.name, *settings.also)) if name != "none"]
    if not names or os.environ.get("RANK", "0") != "0":
        return Nobody()
    trackers = [_open_wandb(settings, info) if name == "wandb" else _open_logger(name, settings, info) for name in names]
    return trackers[0] if len(trackers) == 1 else Several(trackers)


def _open_logger(name: str, settings: Settings, info: RunInfo) -> Tracker:
    try:
        return open_logger(name, settings, info)
    except Exception as error:
        wandb_state.warn(error, f"runs continue without {name}", tracker=name)
        return Nobody()


def _open_wandb(settings: Settings, info: RunInfo) -> Tracker:
    mode = resolve_mode(settings)
    if mode == "disabled":
        return Nobody()
    arguments = {
        "project": settings.project,
        "entity": settings.entity,
        "dir": settings.folder,
        "id": info.id,
        "name": info.name,
        "group": info.group,
        "job_type": info.job_type,
        "config": redact(without_paths(info.config)),
        "tags": [tag[:64] for tag in info.tags if tag],
    }
    earlier_tries = _begun(arguments)
    try:
        load()
        if mode == "online" and not wandb_state.unreachable:
            try:
                return _open(arguments, "online", settings, better=info.better)
            except Exception as error:
                _leave_online(arguments, error)
                for folder in _begun(arguments) - earlier_tries:
                    shutil.rmtree(folder, ignore_errors=True)
        return _open(arguments, "offline", settings, better=info.better)
    except Exception as error:
        discard(0)
        wandb_state.warn(error, "runs continue without wandb")
        return Nobody()


def _open(
    arguments: dict[str, Any], mode: Literal["online", "offline"], settings: Settings, *, better: Mapping[str, str]
) -> Tracker:
    calls, limit_s = CallQueue(), settings.timeout_s + GRACE_S
    try:
        run = calls.ask(lambda: begin(arguments, mode, settings, better=better), limit_s)
        return WandbRun(run, calls, limit_s, online=mode == "online", artifacts=settings.artifacts)
    except BaseException:
        calls.dismiss()
        raise


def _leave_online(arguments: dict[str, Any], error: Exception) -> None:
    """No second try in this process, and one warning."""
    wandb_state.unreachable = True
    wandb_state.warn(
        error, f"runs continue offline in {arguments['dir']}/wandb; send them later with `python -m bench sync FOLDER`"
    )
    discard(0)


def _begun(arguments: dict[str, Any]) -> set[Path]:
    """The folders of this run's tries to go online, of earlier processes too."""
    return set(Path(arguments["dir"]).glob(f"*wandb/run-*-{arguments['id']}"))
