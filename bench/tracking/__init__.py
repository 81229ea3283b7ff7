"""wandb, and the only package that knows it: a view of a run's numbers for people, never the store and never an input.

Four promises. Nothing that goes wrong here ends a run or changes its exit status: a server that cannot be reached makes the
process go on offline, anything later switches the run's tracker off, and each cause is told in one line. Nothing holds a run
up: a thread of its own talks to wandb, and every wait has a limit. Nothing is kept that was not asked for: no code, no
arguments, no console, no machine data. No secret is written: see `redaction`.

wandb is imported when the first run is opened. Runs lie under WANDB_DIR, else `Settings.dir`; `python -m bench.sync` sends
those that were offline.
"""

from bench.tracking.init import open_run
from bench.tracking.redaction import redact, redact_text
from bench.tracking.run_info import SUMMARY, RunInfo, picture_key, stable_id
from bench.tracking.settings import Settings, TrackError, check
from bench.tracking.tracker import Tracker
from bench.tracking.upload import SendError, find, send
from bench.tracking.workspace import Layout, save_layout

__all__ = [
    "SUMMARY",
    "Layout",
    "RunInfo",
    "SendError",
    "Settings",
    "TrackError",
    "Tracker",
    "check",
    "find",
    "open_run",
    "picture_key",
    "redact",
    "redact_text",
    "save_layout",
    "send",
    "stable_id",
]
