"""Trained weights on disk, by train_id: safetensors for the weights, JSON for the rest; nothing is ever unpickled.

`best.safetensors` is replaced whenever validation improves; `trained.json` appears when training has ended, and only then do
the weights count as trained.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn


class Checkpoint:
    """The folder `<cache>/checkpoints/<train_id>`."""

    def __init__(self, cache: Path, train_id: str) -> None:
        self.folder = cache / "checkpoints" / train_id
        self.weights = self.folder / "best.safetensors"
        self.summary = self.folder / "trained.json"

    def save_best(self, net: nn.Module, about: Mapping[str, Any]) -> None:
        """Replaces the best weights; `about` (step, metric, vocabulary) travels in `about.json` beside them."""
        from safetensors.torch import save

        self.folder.mkdir(parents=True, exist_ok=True)
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
        _replace(self.weights, save(state))
        _replace(self.folder / "about.json", json.dumps(about, indent=1).encode())

    def load_best(self, net: nn.Module) -> None:
        """Copies the best weights into `net`."""
        from safetensors.torch import load

        net.load_state_dict(load(self.weights.read_bytes()))

    def describe(self, config: Mapping[str, Any]) -> None:
        """Puts the configuration beside the weights: what `bench.decode` builds the net from."""
        _replace(self.folder / "config.json", json.dumps(config, indent=1).encode())

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Declares the weights trained."""
        _replace(self.summary, json.dumps(summary).encode())

    def trained(self) -> dict[str, Any] | None:
        """The summary of the finished training, or None."""
        if not (self.summary.is_file() and self.weights.is_file()):
            return None
        found: dict[str, Any] = json.loads(self.summary.read_text())
        return found


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
