"""Secrets and local paths out of configurations and messages, before anything writes them down or sends them.

It goes by names and shapes, and by the keys of this process; it cannot know a secret that looks like any other word.
"""

import os
import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

HIDDEN = "(redacted)"

_KEY_NAME = re.compile(r"(?:^|[_.-])(?:api|access)?(?:key|token)$", re.IGNORECASE)
_PASSWORD_NAME = re.compile(r"(?:^|[_.-])(?:password|passwd|passphrase|secret|credential)s?(?:$|[_.-])", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"((?:key|token|password|passwd|secret)\s*=\s*|--[\w-]{0,40}(?:key|token|password|secret)\s+|\bbearer\s+)"
    r"(\"[^\"]*\"|'[^']*'|\S+)",
    re.IGNORECASE,
)
_LOCAL_PATH = re.compile(r"^(?:~?/|\.{1,2}/|[A-Za-z]:[\\/])[^\n]+$")
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")


def redact(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without secrets.

    Hidden are values under names that end in `key` or `token` (texts only: `start_token: 1` stays) or hold `password`,
    `secret` or `credentials`; inside texts `--token=x`, `--token x`, `key=x`, `Bearer x`, passwords in URLs, and whatever
    equals the WANDB_API_KEY or HF_TOKEN of this process.
    """
    return {name: _value(value, _hides(str(name))) for name, value in config.items()}


def without_paths(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that says nothing of where things lie on this machine: no group `paths`, and of files and folders their names."""
    return {name: _named(value) for name, value in config.items() if name != "paths"}


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _named(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_named(inner) for inner in value]
    return PureWindowsPath(value).name if isinstance(value, str) and _LOCAL_PATH.match(value) else value


def redact_text(text: str) -> str:
    """The text with the secrets in it replaced."""
    for name in ("WANDB_API_KEY", "HF_TOKEN"):
        if len(secret := os.environ.get(name, "")) >= 8:
            text = text.replace(secret, HIDDEN)
    return _URL_PASSWORD.sub(rf"\1{HIDDEN}", _SECRET_TEXT.sub(rf"\1{HIDDEN}", text))


def _hides(name: str) -> str:
    """What of the values under a name is secret: "all", "text" or ""."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    if _PASSWORD_NAME.search(words):
        return "all"
    return "text" if _KEY_NAME.search(words) else ""


def _value(value: Any, hides: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(inner, hides or _hides(str(name))) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_value(inner, hides) for inner in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if isinstance(value, str):
        return HIDDEN if hides else redact_text(value)
    return HIDDEN if hides == "all" else value
