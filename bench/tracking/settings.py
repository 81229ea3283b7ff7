"""How runs are tracked, and what of it is refused before anything starts."""

import netrc
import os
from collections.abc import Sequence
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from bench.errors import Refusal

EXTRAS = ("tensorboard", "mlflow")
"""Trackers that need a library of the same name."""
NAMES = ("wandb", "csv", *EXTRAS, "none")
MODES = ("auto", "online", "offline")


class TrackError(Refusal):
    """Settings that cannot work; the text is one sentence for the user."""


@dataclass(frozen=True)
class Settings:
    """`name` and `also`, further ones, are of NAMES; `mode`, wandb's, one of MODES; `artifacts`: weights and records are sent
    too; `system`: the load of the machine too; `dir`: without WANDB_DIR."""

    name: str
    project: str
    entity: str | None
    mode: str
    timeout_s: float
    artifacts: bool = False
    system: bool = False
    also: Sequence[str] = ()
    dir: str = "."

    @property
    def folder(self) -> str:
        """Where wandb puts its own folder `wandb`."""
        return os.environ.get("WANDB_DIR") or self.dir


def check(settings: Settings) -> None:
    """Raises TrackError for an unknown name or mode, a bad project or time-out, and `online` without an API key."""
    for key, name in (("name", settings.name), *(("also", name) for name in settings.also)):
        if name not in NAMES:
            raise TrackError(f"track.{key}={name} is unknown: give one of {', '.join(NAMES)}.")
        if name in EXTRAS and find_spec(name) is None:
            raise TrackError(f"track.{key}={name} needs a package that is not installed: pip install '.[{name}]'.")
    if settings.mode not in MODES:
        raise TrackError(f"track.mode={settings.mode} is unknown: give one of {', '.join(MODES)}.")
    if not settings.project or len(settings.project) > 128 or set(settings.project) & set("/\\#?%:"):
        raise TrackError(f"track.project={settings.project!r} must be a name of 1 to 128 characters without / \\ # ? % :.")
    if not 0 < settings.timeout_s < float("inf"):
        raise TrackError(f"track.timeout_s={settings.timeout_s} is out of range: give a number of seconds above 0.")
    if "wandb" in (settings.name, *settings.also) and settings.mode == "online" and not has_key():
        raise TrackError(
            "track.mode=online needs an API key and none was found: set WANDB_API_KEY, run `wandb login`, or give "
            "track.mode=offline."
        )


def resolve_mode(settings: Settings) -> str:
    """online, offline or disabled. `auto` obeys wandb's own switch WANDB_MODE, then asks whether there is a key."""
    if settings.mode != "auto":
        return settings.mode
    switch = os.environ.get("WANDB_MODE", "")
    if switch == "disabled":
        return "disabled"
    return "online" if switch not in ("offline", "dryrun") and has_key() else "offline"


def has_key() -> bool:
    """Whether wandb would find credentials: in the environment, its settings file, or the netrc for its server."""
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    stored = ConfigParser(default_section="default", interpolation=None)
    with suppress(OSError, ConfigParserError, UnicodeDecodeError):
        stored.read(Path(os.environ.get("WANDB_CONFIG_DIR") or "~/.config/wandb").expanduser() / "settings")
    server = os.environ.get("WANDB_BASE_URL") or stored.defaults().get("base_url") or "https://api.wandb.ai"
    return bool(stored.defaults().get("api_key")) or _in_netrc(urlsplit(server).netloc)


def _in_netrc(host: str) -> bool:
    named = os.environ.get("NETRC")
    for path in [named] if named else ["~/.netrc", "~/_netrc"]:
        with suppress(OSError, netrc.NetrcParseError, UnicodeDecodeError):
            return netrc.netrc(Path(path).expanduser()).authenticators(host) is not None
    return False
