"""Probes: measurements of a cell beyond its score. `python -m bench.probe NAME` runs one.

A probe is a module of this folder that has what `Probe` lists; its name is its file's. It knows no command line and writes
nothing: `bench.probe` trains, names, records and tables. No task and no training imports from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from bench.data.text.text import TextData
from bench.errors import ConfigError, DataError
from bench.jobs.identity import digest
from bench.metrics.metric import Metric

if TYPE_CHECKING:
    from bench.jobs.job import Job


@dataclass(frozen=True)
class Answer:
    """`metrics` are of `split`, the primary one first; `series` is what the figures draw, plain JSON."""

    split: str
    metrics: Mapping[str, Metric]
    series: Mapping[str, Any] = field(default_factory=dict)


class Probe(Protocol):
    """What a module of this folder defines.

    `VERSION` is raised by who changes what it computes. `ON_MACHINE`: whether the answer is the machine's too. `TRAINS`:
    whether it asks trained weights. `REPORT`: what its table says otherwise than the sweep's (`title`, `note`, ...). One that
    is renamed says what it was called (`KNOWN_AS`), and its answers keep their names.
    """

    VERSION: int
    ON_MACHINE: bool
    TRAINS: bool
    REPORT: Mapping[str, Any]

    def groups(self, jobs: "Sequence[Job]") -> "list[list[Job]]":
        """The jobs to ask, those together that are measured in one pass. Raises ValueError, one sentence, before any trains."""

    def ask(self, jobs: "Sequence[Job]") -> list[Answer]:
        """The answers for one group, whose weights are in their checkpoints where it `TRAINS`."""


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def find(name: str) -> Probe:
    if name not in names():
        raise ConfigError(f"the probe {name} is unknown: give one of {', '.join(names())}.")
    return cast(Probe, import_module(f"{__name__}.{name}"))


def former_name(name: str) -> str:
    """What a probe is called in the names of its answers, and was called where it has been renamed."""
    return str(getattr(find(name), "KNOWN_AS", name))


def run_id(name: str, train_id: str, machine: Mapping[str, Any]) -> str:
    """Identity of an answer: the probe, its version, what it asks, and where it asks what the machine decides."""
    probe = find(name)
    hardware = [machine[key] for key in ("processor", "accelerator", "threads")]
    return digest([former_name(name), probe.VERSION, [train_id, hardware] if probe.ON_MACHINE else train_id])


def text_of(job: "Job") -> TextData:
    """The text that the job's task reads. Raises DataError where it reads none."""
    data = getattr(job.task, "data", None)
    if not isinstance(data, TextData):
        raise DataError(f"this probe needs a text, which task={job.config.task['name']} does not have: give task=char_lm.")
    return data
