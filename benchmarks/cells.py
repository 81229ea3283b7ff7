"""What a step through each cell costs: forward and backward over a whole sequence, beside torch's nn.LSTM of the same shape.

    python benchmarks/cells.py [runs/cell_speed] [--rounds 15] [--seconds 0.3] [--threads 1]

Random inputs as wide as the state, full rows, gradients for the inputs and every weight. All cells of conf/cell and nn.LSTM
take turns (A B C A B C ...), a turn as many passes as fill about `--seconds`; ratios are of turns taken next to each other.
Writes a record a cell and shape, and their table. Its records are published as results/cell_speed.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from bench import tables
from bench.build import build
from bench.cells.cell import Cell
from bench.cells.state import map_state
from bench.config.model_size import parameters
from bench.config.schema import folder
from bench.jobs.identity import digest, of_a_cell
from bench.jobs.sources import code_digest
from bench.records import machine, record
from bench.records.record import Record
from bench.speed.training import entry

Shape = tuple[int, int, int]  # steps, rows, units
SHAPES: tuple[Shape, ...] = ((64, 32, 128), (64, 64, 256), (64, 64, 512))
BASELINE = "nn.LSTM"
WARM_UP = 3
SWEEP = "cell_speed"
REPORT = {
    "name": SWEEP,
    "title": "What a cell costs",
    "note": "Forward and backward over the whole sequence, inputs as wide as the state, all rows full.",
    "baseline": {"cell.name": BASELINE},
}


class Contestant:
    """`passes(n)` runs n forward and backward passes over the same random rows and returns their seconds."""

    net: nn.Module
    run: Callable[[], Tensor]

    def __init__(self, node: Mapping[str, Any], shape: Shape) -> None:
        steps, rows, units = shape
        torch.manual_seed(0)
        self.node = node
        self.x = torch.randn(rows, steps, units, requires_grad=True)
        self.error = torch.randn(rows, steps, units)
        if node["name"] == BASELINE:
            self.x = self.x.detach().transpose(0, 1).contiguous().requires_grad_()  # the layout that is fastest for it
            self.error = self.error.transpose(0, 1).contiguous()
            lstm = nn.LSTM(units, units)
            self.net, self.run = lstm, lambda: lstm(self.x)[0]
        else:
            cell: Cell = build(node, key="cell", given={"input_size": units, "hidden_size": units})
            state = map_state(lambda leaf: leaf.requires_grad_(False), cell.init_state(rows, self.x))
            self.net, self.run = cell, lambda: cell.scan(self.x, state)[0]
        self.leaves = [self.x, *self.net.parameters()]
        self.turns: list[float] = []

    def passes(self, count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            for leaf in self.leaves:
                leaf.grad = None
            torch.autograd.backward(self.run(), self.error)
        return time.perf_counter() - start

    def as_record(self, shape: Shape, began: str) -> Record:
        steps, rows, units = shape
        name = f"{steps} steps of {rows} rows, {units} units"
        train_id, run_id = of_a_cell(self.node, name)
        rate = [steps * rows / seconds for seconds in self.turns]
        return Record(
            schema=record.SCHEMA,
            run_id=run_id,
            train_id=train_id,
            former=[],
            sweep=SWEEP,
            started=began,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            status="ok",
            error=None,
            config={"seed": 0, "cell": self.node, "sweep": REPORT},
            data={"name": name, "sha256": digest(shape), "splits": {"pass": steps * rows}, "unit": "inputs", "notes": []},
            code={**machine.commit(), "digest": code()},
            machine=machine.describe("cpu"),
            parameters=parameters(self.net),
            train={},
            metrics={},
            speed={"train_tokens_per_second": entry(rate, "tokens/s", began)},
        )


def nodes() -> list[dict[str, Any]]:
    """The nodes of conf/cell, and that of the baseline."""
    return [{"name": BASELINE}, *(yaml.safe_load(path.read_text()) for path in sorted((folder() / "cell").glob("*.yaml")))]


def code() -> str:
    return code_digest([node["_target_"].rpartition(".")[0] for node in nodes()[1:]])


def measured(shape: Shape, *, rounds: int, seconds: float) -> list[Contestant]:
    """The contestants with `turns`: the seconds of a pass, one number a turn."""
    all_of_them = [Contestant(node, shape) for node in nodes()]
    counts = []
    for contestant in all_of_them:
        contestant.passes(WARM_UP)
        counts.append(max(1, round(seconds * WARM_UP / contestant.passes(WARM_UP))))
    for _ in range(rounds):
        for contestant, count in zip(all_of_them, counts, strict=True):
            contestant.turns.append(contestant.passes(count) / count)
    return all_of_them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("runs/cell_speed"), help="the folder of the records")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each cell")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a turn")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(options.threads)
    for shape in SHAPES:
        began = datetime.now(UTC).isoformat(timespec="seconds")
        for contestant in measured(shape, rounds=options.rounds, seconds=options.seconds):
            record.write(contestant.as_record(shape, began), options.folder)
    for table in tables.make(options.folder):
        tables.to_terminal(table)


if __name__ == "__main__":
    main()
