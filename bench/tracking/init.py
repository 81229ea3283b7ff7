"""Opening a run: online where that is wanted and possible, else offline, else nowhere. It raises nothing."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from bench.tracking.call_queue import Courier
from bench.tracking.redaction import redact
from bench.tracking.run_info import Card
from bench.tracking.settings import Settings, resolve_mode
from bench.tracking.tracker import Nobody, Tracker, WandbRun
from bench.tracking.wandb_api import begin, discard, load
from bench.tracking.warnings import notices

GRACE_S = 10.0


def open_run(settings: Settings, card: Card) -> Tracker:
    """A new run, never one that is still open; nobody where this process is another rank than 0 of several."""
    mode = resolve_mode(settings)
    if settings.name == "none" or mode == "disabled" or os.environ.get("RANK", "0") != "0":
        return Nobody()
    given = {
        "project": settings.project,
        "entity": settings.entity,
        "dir": settings.folder,
        "id": card.id,
        "name": card.name,
        "group": card.group,
        "job_type": card.job_type,
        "config": redact(card.config),
        "tags": [tag[:64] for tag in card.tags if tag],
    }
    before = _begun(given)
    try:
        load()
        if mode == "online" and not notices.unreachable:
            try:
                return _open(given, "online", settings, better=card.better)
            except Exception as error:
                _leave_online(given, error)
                for folder in _begun(given) - before:
                    shutil.rmtree(folder, ignore_errors=True)
        return _open(given, "offline", settings, better=card.better)
    except Exception as error:
        discard(0)
        notices.warn(error, "runs go on without wandb")
        return Nobody()


def _open(
    given: dict[str, Any], mode: Literal["online", "offline"], settings: Settings, *, better: Mapping[str, str]
) -> Tracker:
    courier, limit_s = Courier(), settings.timeout_s + GRACE_S
    try:
        run = courier.ask(lambda: begin(given, mode, settings.timeout_s, better=better), limit_s)
        return WandbRun(run, courier, limit_s, online=mode == "online", artifacts=settings.artifacts)
    except BaseException:
        courier.dismiss()
        raise


def _leave_online(given: dict[str, Any], error: Exception) -> None:
    """No second try in this process, and one warning."""
    notices.unreachable = True
    notices.warn(error, f"runs go on offline in {given['dir']}/wandb, and `python -m bench.sync` sends them later")
    discard(0)


def _begun(given: dict[str, Any]) -> set[Path]:
    """The folders of this run's tries to go online, of earlier processes too."""
    return set(Path(given["dir"]).glob(f"*wandb/run-*-{given['id']}"))
