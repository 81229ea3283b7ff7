"""Trained weights on disk, by train_id: safetensors for the weights, JSON for the rest; nothing is ever unpickled.

`best.safetensors` is replaced whenever validation is as good as ever or better; `trained.json` appears when training has ended,
and only then do the weights count as trained. The SHA-256 of each file is taken of what was to be written, never of what the
disk gives back later: a file that was damaged since, while training or after it, is noticed when it is next read, and counts as
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

from bench.errors import DataError
from bench.records.record import replace_atomically

DIGESTS = "sha256"
TRIES = 3
"""Trainings that are begun or taken up again before a disk that goes on damaging weights fails the job."""


class DamagedWeights(DataError):
    """A file of the best weights is not what was saved."""


class Checkpoint:
    """A folder `<paths.cache>/checkpoints/<train_id>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.weights = self.folder / "best.safetensors"
        self.about = self.folder / "about.json"
        self.summary = self.folder / "trained.json"
        self.begun = self.folder / "sources.txt"
        self.history = self.folder / "history.jsonl"  # see bench.training.history
        self.lock = folder.with_suffix(".lock")
        self.digests = self.folder / "best.sha256.json"
        self.saved: dict[str, str] = {}  # the digests of the best files, by name, as this training saved them

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
        self._write_files({self.weights.name: save(state), self.about.name: json.dumps(about, indent=1).encode()})

    def load_best(self, net: nn.Module) -> None:
        """Copies the best weights into `net`. Raises DamagedWeights where they are not those that were declared trained."""
        from safetensors.torch import load

        content = self.weights.read_bytes()
        declared = self._summary().get(DIGESTS, self.saved)
        if self.weights.name in declared and _sha256(content) != declared[self.weights.name]:
            raise DamagedWeights(f"the weights {self.weights} are damaged: they are not what was saved.")
        net.load_state_dict(load(content))

    def best_files(self) -> dict[str, bytes]:
        """What `save_best` saved last, by the names of the files; nothing before that. Raises DamagedWeights."""
        contents: dict[str, bytes] = {}
        for name, digest in self.saved.items():
            try:
                contents[name] = (self.folder / name).read_bytes()
            except OSError as error:
                raise DamagedWeights(f"the best weights cannot be read: {self.folder / name} ({error.strerror}).") from error
            if _sha256(contents[name]) != digest:
                raise DamagedWeights(f"the best weights are damaged: {self.folder / name} is not what was saved.")
        return contents

    def restore_best(self, contents: Mapping[str, bytes]) -> bool:
        """Puts back what `best_files` gave, where the disk has something else; whether what it had was damaged.

        Whole files may be there that are another's: weights that were saved after the snapshot which is taken up.
        """
        on_disk = {name: _sha256_of(self.folder / name) for name in contents}
        if on_disk == {name: _sha256(content) for name, content in contents.items()}:
            self.saved = {name: digest for name, digest in on_disk.items() if digest is not None}
            return False
        later = self._is_intact()
        self._write_files(contents)
        return not later

    def _write_files(self, contents: Mapping[str, bytes]) -> None:
        for name, content in contents.items():
            _replace(self.folder / name, content)
        self.saved = {name: _sha256(content) for name, content in contents.items()}
        _replace(self.digests, json.dumps(self.saved).encode())

    def _is_intact(self) -> bool:
        """Whether the best files are those that were saved together."""
        try:
            noted: dict[str, str] = json.loads(self.digests.read_text())
            return all(_sha256_of(self.folder / name) == digest for name, digest in noted.items())
        except (OSError, ValueError, AttributeError):
            return False

    def describe(self, config: Mapping[str, Any]) -> None:
        """Puts the configuration beside the weights: what `bench.decode` builds the net from."""
        _replace(self.folder / "config.json", json.dumps(config, indent=1).encode())

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Declares the weights trained. Raises DamagedWeights where the disk has other files than were saved."""
        self.best_files()
        digests = {**self.saved, self.summary.name: _sha256_of_summary(summary)}
        _replace(self.summary, json.dumps({**summary, DIGESTS: digests}).encode())

    def files(self) -> list[Path]:
        """Everything that `bench.decode` needs, of weights that are trained."""
        return [self.weights, self.about, self.summary, self.folder / "config.json"]

    def trained(self, sources: str | None = None) -> dict[str, Any] | None:
        """The summary of the finished training; None where there is none, or a file of it is damaged.

        With `sources`, a digest, a training that other sources began is none.
        """
        summary = self._summary()
        digests = summary.pop(DIGESTS, None)
        if digests is None or sources not in (None, self.begun_by()):
            return None
        summary_digest = digests.pop(self.summary.name, None)  # trainings of earlier versions have none
        intact = digests == self._digests() and summary_digest in (None, _sha256_of_summary(summary))
        return summary if intact else None

    def disown(self) -> None:
        """Takes back that the training was declared finished: it is trained again."""
        self.summary.unlink(missing_ok=True)

    def damaged(self) -> bool:
        """Whether a training was declared finished here whose files are no longer what they were."""
        return self.summary.is_file() and self.trained() is None

    def _summary(self) -> dict[str, Any]:
        """What `finish` wrote; empty where it cannot be read."""
        try:
            summary = json.loads(self.summary.read_text())
        except (OSError, ValueError):
            return {}
        return summary if isinstance(summary, dict) and isinstance(summary.get(DIGESTS, {}), dict) else {}

    def _digests(self) -> dict[str, str | None]:
        return {path.name: _sha256_of(path) for path in (self.weights, self.about)}


def _sha256_of_summary(summary: Mapping[str, Any]) -> str:
    return _sha256(json.dumps(summary, sort_keys=True).encode())


def _sha256_of(path: Path) -> str | None:
    """Of a file's content; None where it cannot be read."""
    try:
        status = path.stat()
        return _digest(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    """Of the file's content, read once as long as it is the same file."""
    return _sha256(path.read_bytes())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_atomically(path, content)
