"""wandb, the only file that knows it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    name: str
    project: str
    entity: str | None
    mode: str
    timeout_s: float


class Tracker:
    def log(self, values: Any, *, step: int) -> None: ...
    def samples(self, title: str, columns: Any, rows: Any) -> None: ...
    def summary(self, values: Any) -> None: ...
    def table(self, name: str, columns: Any, rows: Any) -> None: ...
    def picture(self, name: str, path: Any) -> None: ...
    def finish(self, *, ok: bool) -> None: ...


def open_run(settings: Settings, *, name: str, group: str, job_type: str, config: Any, tags: Any) -> Tracker:
    return Tracker()


def redact(config: Any) -> Any:
    return config


def check(settings: Settings) -> None: ...
