"""What a trained net gives out when it decodes: rows to look at, text to keep, figures that only decoding can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.task import Metric

Cell = str | float | int | None


@dataclass(frozen=True)
class Matrix:
    """Numbers to draw: attention weights, transition scores, a confusion matrix. `values[row][column]`; `name` is one word."""

    name: str
    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Scored:
    """What the metrics of a split were computed from, item by item: `outputs[i]` are the tokens of what was given out, and
    `references[i]` those of each right answer. `unit` says what a token is: `tags`, `classes`, `phonemes`, `words`,
    `characters`, `13a` (BLEU's) or `13a lower-cased`."""

    split: str
    unit: str
    outputs: Sequence[Sequence[str]]
    references: Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Outputs:
    """`rows` under `columns` go to wandb as a table; `files` (file name ending -> content) lie beside the record; `metrics` by
    split join those of the likelihood; from `scored` those of the last split can be computed again."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    files: Mapping[str, str]
    metrics: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    matrices: Sequence[Matrix] = ()
    scored: Scored | None = None
