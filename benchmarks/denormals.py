"""What vanishing gradients cost: a training step whose loss stands at the last step alone, beside one with a loss at each.

    python benchmarks/denormals.py [--rounds 9] [--steps 300] [--threads 1]

Where the loss stands at the end alone, the errors of early steps fall below 1e-38 (here for certain: recurrent weights are
halved). Some processors take many times as long over such denormal numbers, unless they read them as 0, as the suite has
them do (`bench.config.factory`). The two losses and the two settings take turns. Printed is the median processor time of the
first loss over that of the second, with [lowest, highest] of the turns; flushed it should be below 1.3.
"""

import argparse
import statistics
import time

import torch

from bench.build import build
from bench.cells.cell import Cell
from benchmarks.cells import nodes

ROWS, UNITS, INPUTS = 32, 128, 2


def seconds(cell: Cell, x_BTI: torch.Tensor, *, at_each: bool) -> float:
    """Processor time of a forward and a backward pass."""
    start = time.process_time()
    cell.zero_grad()
    y_BTH, _ = cell.scan(x_BTI, cell.init_state(ROWS, x_BTI))
    torch.autograd.backward((y_BTH if at_each else y_BTH[:, -1]).square().mean())
    return time.process_time() - start


def ratios(cell: Cell, x_BTI: torch.Tensor, rounds: int) -> dict[bool, list[float]]:
    """{flushed: the ratio of each turn}."""
    ratios_by_flushing: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for flushed, samples in ratios_by_flushing.items():
            torch.set_flush_denormal(flushed)
            samples.append(seconds(cell, x_BTI, at_each=False) / seconds(cell, x_BTI, at_each=True))
    return ratios_by_flushing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"{options.steps} steps of {ROWS} rows, {UNITS} units; a loss at the end over a loss at each step")
    for node in nodes()[1:]:
        torch.manual_seed(0)
        cell: Cell = build(node, key="cell", given={"input_size": INPUTS, "hidden_size": UNITS})
        with torch.no_grad():
            for weight in cell.parameters():
                if weight.dim() == 2 and weight.size(1) == UNITS:
                    weight.mul_(0.5)
        x_BTI = torch.rand(ROWS, options.steps, INPUTS)
        ratios(cell, x_BTI, 1)
        print(f"{node['name']:16}", end="")
        for flushed, samples in ratios(cell, x_BTI, options.rounds).items():
            name, median = "flushed" if flushed else "as they are", statistics.median(samples)
            print(f"   {name} {median:.2f} [{min(samples):.2f}, {max(samples):.2f}]", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
