"""Trained weights on disk, by train_id: safetensors for the weights, JSON for the rest; nothing is ever unpickled.

`best.safetensors` is replaced whenever validation is as good as ever or better; `trained.json` appears when training has ended,
and only then do the weights count as trained. It holds the SHA-256 of the other files: weights that were damaged since count as
absent. `sources.txt` says by which code the training began. Every file is written beside the one that it replaces, read back,
and only then put in its place.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from torch import nn

from bench.records.record import replace_atomically

DIGESTS = "sha256"


class Checkpoint:
    """A folder `<paths.cache>/checkpoints/<train_id>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.weights = self.folder / "best.safetensors"
        self.about = self.folder / "about.json"
        self.summary = self.folder / "trained.json"
        self.begun = self.folder / "sources.txt"
        self.history = self.folder / "history.jsonl"  # see bench.training.history

    def begin(self, sources: str, *, only_same: bool) -> None:
        """Notes by which sources (their digest) a training starts or goes on. `only_same`: what others left is removed."""
        if self.begun_by() not in (None, sources):
            if not only_same:
                return
            shutil.rmtree(self.folder)
        _replace(self.begun, sources.encode())

    def begun_by(self) -> str | None:
        """The digest of the sources that began the training; None where nobody noted it."""
        try:
            return self.begun.read_text()
        except OSError:
            return None

    def save_best(self, net: nn.Module, about: Mapping[str, Any]) -> None:
        """Replaces the best weights; `about` (step, metric, vocabulary) travels in `about.json` beside them."""
        from safetensors.torch import save

        state = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
        _replace(self.weights, save(state))
        _replace(self.about, json.dumps(about, indent=1).encode())

    def load_best(self, net: nn.Module) -> None:
        """Copies the best weights into `net`."""
        from safetensors.torch import load

        net.load_state_dict(load(self.weights.read_bytes()))

    def describe(self, config: Mapping[str, Any]) -> None:
        """Puts the configuration beside the weights: what `bench.decode` builds the net from."""
        _replace(self.folder / "config.json", json.dumps(config, indent=1).encode())

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Declares the weights trained."""
        _replace(self.summary, json.dumps({**summary, DIGESTS: self._digests()}).encode())

    def files(self) -> list[Path]:
        """Everything that `bench.decode` needs, of weights that are trained."""
        return [self.weights, self.about, self.summary, self.folder / "config.json"]

    def trained(self, sources: str | None = None) -> dict[str, Any] | None:
        """The summary of the finished training; None where there is none, or its weights are damaged.

        With `sources`, a digest, a training that other sources began is none.
        """
        try:
            summary: dict[str, Any] = json.loads(self.summary.read_text())
            whole = summary.pop(DIGESTS, None) == self._digests()
        except (OSError, ValueError, AttributeError):
            return None
        return summary if whole and sources in (None, self.begun_by()) else None

    def _digests(self) -> dict[str, str]:
        return {path.name: _digest(path, path.stat().st_mtime_ns, path.stat().st_size) for path in (self.weights, self.about)}


@lru_cache(maxsize=64)
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    """Of the file's content, read once as long as it is the same file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_atomically(path, content)
