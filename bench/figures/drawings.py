"""The figures of one folder: what shows the same as when it was last drawn, by the same code, is not drawn again.

A stamp beside their folder has the digest of what each shows and of its files; whatever is missing, was changed by hand or was
drawn by another version is drawn anew.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.records.record import write_atomically

STAMP = ".figures.json"


class Drawings:
    """Call `add` for each figure, then `close`. `paths`: the files of those so far, in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stamp = folder, folder.parent / STAMP
        self.paths: list[Path] = []
        self._before = _stamps(self.stamp)
        self._stamps: dict[str, dict[str, Any]] = {}

    def add(self, draw: "partial[list[Path]]") -> None:
        """A figure that is drawn by calling `draw`, whose keyword `stem` says where; it may have nothing to show."""
        stem, shown = draw.keywords["stem"].name, _digest(draw)
        earlier = self._before.get(stem, {})
        unchanged = shown is not None and earlier.get("shown") == shown and self._files(earlier["files"]) == earlier["files"]
        paths = [self.folder / name for name in earlier["files"]] if unchanged else draw()
        if paths:
            self._stamps[stem] = {"shown": shown, "files": self._files([path.name for path in paths])}
        self.paths += paths

    def close(self, kinds: Sequence[str], *, remember: bool) -> None:
        """Removes what an earlier call left of figures of these kinds, the starts of their names."""
        for old in {path for kind in kinds for path in self.folder.glob(f"{kind}*.*")} - set(self.paths):
            if old.suffix in (".svg", ".png"):
                old.unlink()
        if remember and self._stamps:
            write_atomically(self.stamp, json.dumps(self._stamps, indent=1) + "\n")
        else:
            self.stamp.unlink(missing_ok=True)

    def _files(self, names: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
        """Name -> digest of the content, of the files that there are."""
        paths = [self.folder / name for name in names]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}


def _stamps(path: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {stem: {"shown": str(stamp["shown"]), "files": dict(stamp["files"])} for stem, stamp in content.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _digest(draw: "partial[list[Path]]") -> str | None:
    """Of what a call shows; None where it is given something that this cannot write out whole."""
    keywords = {key: value for key, value in draw.keywords.items() if key != "stem"}
    try:
        shown = json.dumps([_code(), draw.func.__module__, draw.func.__name__, draw.args, keywords], default=_fields)
    except TypeError:
        return None
    return hashlib.sha256(shown.encode()).hexdigest()


def _fields(value: object) -> list[Any]:
    """What json cannot write by itself; TypeError for what is no dataclass."""
    return [type(value).__name__, *(getattr(value, field.name) for field in fields(value))]  # type: ignore[arg-type]


@cache
def _code() -> str:
    """Of what draws: the files of this folder, matplotlib, and what users set for it."""
    from_user = [Path("matplotlibrc"), Path.home() / ".config" / "matplotlib" / "matplotlibrc"]
    from_user += [Path(folder) for name in ("MATPLOTLIBRC", "MPLCONFIGDIR") if (folder := os.environ.get(name))]
    settings = [path / "matplotlibrc" if path.is_dir() else path for path in from_user]
    files = [*sorted(Path(__file__).parent.glob("*.py")), *(path for path in settings if path.is_file())]
    content = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)
    return hashlib.sha256(version("matplotlib").encode() + content).hexdigest()
