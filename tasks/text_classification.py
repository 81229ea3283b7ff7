"""A class of a whole text: what a sentence thinks of a film (Socher et al. 2013, "Recursive deep models for semantic
compositionality over a sentiment treebank"), what a question asks for (Li and Roth 2002, "Learning question classifiers"), or
any other label of a line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.data.classes.labelled_text import LabelledText

from .class_reader import ClassReader
from .classification import Classification, Evaluation


class TextClassification(Classification):
    """The task over one data set of labelled texts."""

    known_as = "Sentiment"

    def __init__(self, *, data: LabelledText, evaluation: Evaluation) -> None:
        super().__init__(rows=data.rows, inputs=len(data.vocabulary), classes=data.classes, evaluation=evaluation)
        self.data = data

    def describe_data(self) -> dict[str, Any]:
        return self.data.description

    def shown(self, split: str) -> Sequence[str]:
        return self.data.shown[split]

    def vocabulary(self) -> dict[str, Any]:
        """What a checkpoint needs to read texts and name their classes."""
        return super().vocabulary() | {"settings": asdict(self.data.settings), "words": list(self.data.vocabulary.words)}

    @staticmethod
    def restore(vocabulary: Mapping[str, Any], evaluation: Evaluation) -> ClassReader:
        """What gives texts a class, from a checkpoint's `vocabulary()` alone."""
        return ClassReader(vocabulary, evaluation.batch_size)
