"""A class of a recording, which is read as frames of features: the word that is spoken, or who speaks it."""

from collections.abc import Sequence
from typing import Any

from bench.data.frames.frames import Frames

from .classification import Classification, Evaluation


class AudioClassification(Classification):
    """The task over one data set of sequences of frames."""

    known_as = "Speech"

    def __init__(self, *, data: Frames, evaluation: Evaluation) -> None:
        super().__init__(rows=data.rows, inputs=None, classes=data.classes, evaluation=evaluation)
        self.data = data

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def shown(self, split: str) -> Sequence[str]:
        return self.data.shown[split]
