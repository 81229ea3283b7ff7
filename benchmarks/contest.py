"""What every comparison of toolkits has: how long one trains, its turns, its decoding in a process of its own, the report."""

import json
import math
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from parallel_text import lines_of
from turns import Line, Rates, Rounds, output, rates, ratios

ENDLESS = 1_000_000  # steps of a run that is stopped from outside


@dataclass(frozen=True)
class Workspace:
    """Where files may be written and on which core everything runs."""

    scratch: Path
    core: int


@dataclass(frozen=True)
class Budget:
    """`steps` of training with a validation after every `check` of them, the last one at the end."""

    steps: int
    check: int

    @classmethod
    def near(cls, steps: float, *, epoch: int) -> "Budget":
        """About `steps`, checked about once an epoch and at least twice. JoeyNMT counts in tens."""
        checks = max(math.ceil(steps / epoch), 2)
        check = max(round(steps / checks / 10), 1) * 10
        return cls(check * checks, check)


FOREVER = Budget(ENDLESS, ENDLESS)


class Toolkit(Protocol):
    """`progress` finds the number of steps so far in a line of output."""

    name: str
    kind: str
    python: str
    progress: re.Pattern[str]
    sentences_per_step: float

    def train(self, room: Path, *, budget: Budget | None, seed: int) -> list[str]:
        """Writes into `room` what the toolkit needs; the command. No budget: no end, no validation, constant rate."""

    def candidates(self, room: Path, lines: Sequence[str]) -> Sequence[object]:
        """A dataclass of plain values for each set of weights to choose from; the training in `room` wrote `lines`."""


class Report:
    """Everything measured so far; written after each part, so that an interrupted run leaves what it has."""

    def __init__(self, path: Path, baseline: str) -> None:
        self.path, self.baseline = path, baseline
        self.speed: dict[str, dict[str, dict[str, float]]] = {}
        self.rounds: dict[str, Rounds] = {}
        self.models: dict[str, dict[str, float]] = {}

    def add_speed(self, quantity: str, rounds: Rounds) -> None:
        self.rounds[quantity], self.speed[quantity] = rounds, ratios(rounds, self.baseline)
        self._write()

    def add(self, name: str, values: Mapping[str, float]) -> None:
        self.models[name] = self.models.get(name, {}) | dict(values)
        self._write()

    def _write(self) -> None:
        content = {"baseline": self.baseline, "speed": self.speed, "models": self.models, "rounds": self.rounds}
        self.path.write_text(json.dumps(content, indent=1) + "\n")

    def table(self) -> str:
        """Markdown: a row a quantity, a column a toolkit."""
        names = list(next(iter(self.speed.values())))
        rows = [["", *names], ["---", *("---:" for _ in names)]]
        for quantity, speeds in self.speed.items():
            rows.append([f"{quantity}, sentences/s", *(f"{speeds[name]['rate']:.0f}" for name in names)])
            spans = [f"{speed['ratio']:.2f} [{speed['low']:.2f}, {speed['high']:.2f}]" for speed in speeds.values()]
            rows.append([f"{quantity}, to {self.baseline}", *spans])
        for quantity in next(iter(self.models.values()), {}):
            rows.append([quantity, *(f"{self.models[name][quantity]:.4g}" for name in names)])
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def training_round(toolkit: Toolkit, workspace: Workspace, *, seconds: float, seed: int) -> Rates:
    """From the first progress line to the first one `seconds` of processor time later."""
    room = workspace.scratch / "round"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    first: tuple[int, Line] | None = None
    running = output(toolkit.train(room, budget=None, seed=seed), workspace.core)
    for line in running:
        match = toolkit.progress.search(line.text)
        if match and first is None:
            first = int(match[1]), line
        elif match and first and line.processor_s - first[1].processor_s >= seconds:
            running.close()
            shutil.rmtree(room)
            return rates((int(match[1]) - first[0]) * toolkit.sentences_per_step, first[1], line)
    raise RuntimeError(f"{toolkit.name} ended before it had trained for {seconds} s")


def trained(toolkit: Toolkit, workspace: Workspace, room: Path, *, budget: Budget) -> dict[str, Any]:
    """Steps, seconds and weights of a training in `room`, now or in an earlier call."""
    done = room / "trained.json"
    if not done.is_file():
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)
        print(f"{toolkit.name}: trains {budget.steps} steps", flush=True)
        lines = list(output(toolkit.train(room, budget=budget, seed=1), workspace.core))
        (room / "log.txt").write_text("".join(line.text for line in lines))
        progress = [line for line in lines if toolkit.progress.search(line.text)]
        weights = [vars(candidate) for candidate in toolkit.candidates(room, [line.text for line in lines])]
        minutes = {
            "minutes": (progress[-1].wall_s - progress[0].wall_s) / 60,
            "processor minutes": (progress[-1].processor_s - progress[0].processor_s) / 60,
        }
        done.write_text(json.dumps({"steps": budget.steps, **minutes, "weights": weights}))
    training: dict[str, Any] = json.loads(done.read_text())
    return training


def decoded(toolkit: Toolkit, workspace: Workspace, request: Path, settings: Mapping[str, Any]) -> tuple[list[str], Rates]:
    """The lines that `timed_decoding.py` writes for these settings, and how fast they came."""
    request.write_text(json.dumps(settings))
    program = str(Path(__file__).with_name("timed_decoding.py"))
    lines = list(output([toolkit.python, program, toolkit.kind, str(request)], workspace.core))
    timing = json.loads(next(line.text for line in reversed(lines) if line.text.startswith('{"lines"')))
    return lines_of(Path(settings["output"])), {key: timing["lines"] / timing[f"{key}_s"] for key in ("processor", "wall")}
