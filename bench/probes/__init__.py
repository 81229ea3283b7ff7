"""Probes: what a cell is asked beyond its score. `python -m bench.probe NAME` runs one.

A probe is a module of this folder that has what `Probe` lists; its name is its file's. It knows no command line and writes
nothing: `bench.probe` trains, names, records and tables. No task and no training imports from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from bench.data.text import TextData
from bench.errors import ConfigError, DataError
from bench.task import Metric

if TYPE_CHECKING:
    from bench.job import Job


@dataclass(frozen=True)
class Answer:
    """`metrics` are of `split`, the primary one first; `series` is what the figures draw, plain JSON."""

    split: str
    metrics: Mapping[str, Metric]
    series: Mapping[str, Any] = field(default_factory=dict)


class Probe(Protocol):
    """What a module of this folder defines.

    `VERSION` is raised by who changes what it computes. `TRAINS`: whether it asks trained weights. `REPORT`: what its table
    says otherwise than the sweep's (`title`, `note`, ...).
    """

    VERSION: int
    TRAINS: bool
    REPORT: Mapping[str, Any]

    def groups(self, jobs: "Sequence[Job]") -> "list[list[Job]]":
        """The jobs to ask, those together that are measured in one pass. Raises ValueError, one sentence, before any trains."""

    def identity(self, job: "Job") -> object:
        """What, beside the probe and its version, determines the answer: plain JSON."""

    def ask(self, jobs: "Sequence[Job]") -> list[Answer]:
        """The answers for one group, whose weights are in their checkpoints where it `TRAINS`."""


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def find(name: str) -> Probe:
    if name not in names():
        raise ConfigError(f"the probe {name} is unknown: give one of {', '.join(names())}.")
    return cast(Probe, import_module(f"{__name__}.{name}"))


def text_of(job: "Job") -> TextData:
    """The text that the job's task reads. Raises DataError where it reads none."""
    data = getattr(job.task, "data", None)
    if not isinstance(data, TextData):
        raise DataError(f"this probe reads a text, which task={job.config.task['name']} does not have: give task=char_lm.")
    return data
