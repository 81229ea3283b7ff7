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
class Outputs:
    """`rows` under `columns` go to wandb as a table; `files` (file name ending -> content) lie beside the record; `metrics` by
    split join those of the likelihood."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    files: Mapping[str, str]
    metrics: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    matrices: Sequence[Matrix] = ()
