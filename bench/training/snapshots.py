"""Snapshots of a training on disk: two files in turn, so that the last good one stays until the next is whole.

A file is the SHA-256 of its content in a line of its own, then the content, as `torch.save` writes it. It is read by
`weights_only`, which makes tensors, numbers and plain containers and runs nothing. A damaged file counts as absent.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from bench.records.record import replace_atomically

NAMES = ("snapshot-0", "snapshot-1")


class Snapshots:
    """The snapshots in `folder`. `warn` is told, in a sentence, of a file that is damaged."""

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        self.folder, self.warn = folder, warn
        self.newest_path: Path | None = None

    def newest(self, common: Callable[[list[int]], list[int]] = list) -> dict[str, Any] | None:
        """The content of the newest good one, None where there is none. `common` says which of the steps may be taken."""
        by_step = {content["step"]: (path, content) for path in self._paths() if (content := self._load(path)) is not None}
        steps = common(list(by_step))
        if not steps:
            return None
        self.newest_path, content = by_step[max(steps)]
        return content

    def write(self, content: dict[str, Any]) -> None:
        """Puts `content` in the place of the older one. Raises OSError; the newer one stays."""
        path = next(path for path in self._paths() if path != self.newest_path)
        packed = io.BytesIO()
        torch.save(content, packed)
        data = packed.getvalue()
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_atomically(path, _digest(data) + b"\n" + data)
        self.newest_path = path

    def clear(self) -> None:
        """Removes them: the training has ended."""
        for path in self._paths():
            path.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        return [self.folder / name for name in NAMES]

    def _load(self, path: Path) -> dict[str, Any] | None:
        if not path.is_file():
            return None
        digest, _, data = path.read_bytes().partition(b"\n")
        if digest != _digest(data):
            self.warn(f"the snapshot {path} is damaged and is not used")
            return None
        try:
            content: dict[str, Any] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        except (UnpicklingError, RuntimeError, EOFError) as error:
            self.warn(f"the snapshot {path} is no snapshot ({type(error).__name__}) and is not used")
            return None
        return content


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
