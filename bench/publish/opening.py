"""Opening a run: online where that is wanted and possible, else offline, else nowhere. It raises nothing."""

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bench.publish.courier import Courier
from bench.publish.notices import notices
from bench.publish.redaction import redact
from bench.publish.service import begin, discard, load
from bench.publish.settings import Settings, resolve_mode
from bench.publish.tracker import Nobody, Tracker, WandbRun

GRACE_S = 10.0


def open_run(
    settings: Settings, *, name: str, group: str, job_type: str, config: Mapping[str, Any], tags: Sequence[str]
) -> Tracker:
    """A new run, never one that is still open. `group` is the sweep, `job_type` "train" or "summary"."""
    mode = resolve_mode(settings)
    if settings.name == "none" or mode == "disabled":
        return Nobody()
    given = {
        "project": settings.project,
        "entity": settings.entity,
        "dir": settings.folder,
        "id": uuid.uuid4().hex[:8],
        "name": name,
        "group": group,
        "job_type": job_type,
        "config": redact(config),
        "tags": [tag[:64] for tag in tags if tag],
    }
    try:
        load()
        if mode == "online" and not notices.unreachable:
            try:
                return _open(given, "online", settings.timeout_s)
            except Exception as error:
                _leave_online(given, error)
        return _open(given, "offline", settings.timeout_s)
    except Exception as error:
        discard(0)
        notices.warn(error, "runs go on without wandb")
        return Nobody()


def _open(given: dict[str, Any], mode: Literal["online", "offline"], timeout_s: float) -> Tracker:
    courier, limit_s = Courier(), timeout_s + GRACE_S
    try:
        return WandbRun(courier.ask(lambda: begin(given, mode, timeout_s), limit_s), courier, limit_s)
    except BaseException:
        courier.dismiss()
        raise


def _leave_online(given: dict[str, Any], error: Exception) -> None:
    """No second try in this process, one warning, and nothing left of the run that never began."""
    notices.unreachable = True
    notices.warn(error, f"runs go on offline in {given['dir']}/wandb, and `wandb sync` sends them later")
    discard(0)
    for begun in Path(given["dir"]).glob(f"*wandb/run-*-{given['id']}"):
        shutil.rmtree(begun, ignore_errors=True)
