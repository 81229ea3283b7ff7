"""What teacher forcing is worth to output recurrence: a training step over all words at once beside one word after the other.

    python benchmarks/output_recurrence.py [--rounds 9] [--seconds 0.3] [--lengths 20,100,400]

The same net with the same weights on random sentences, forward and backward; the ways take turns (A B C A B C ...). Hidden
recurrence, whose steps wait for each other, stands beside it. Printed are medians in ms, and times over the first column.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.elman import Elman
from bench.data.tags.sentences import TagBatch
from bench.nets.output_recurrent import OutputRecurrent
from bench.nets.parts.character_features import CharacterSettings
from bench.nets.parts.dropout import DropoutAtEnds, no_dropout
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.stack import Stack
from bench.nets.parts.word_features import WordSettings

ROWS, WORDS, TAGS, UNITS = 32, 1000, 9, 100
TrainingPass = Callable[[], Tensor]  # the loss of a training step


def make_net(recurrence: str) -> OutputRecurrent:
    def make_stack(size: int) -> Stack:
        def cell(inputs: int, hidden: int) -> Elman:
            return Elman(inputs, hidden, nonlinearity="tanh", recurrent_init="orthogonal")

        return Stack(
            cell,
            input_size=size,
            hidden_size=UNITS,
            depth=1,
            direction="forward",
            dropout=no_dropout(),
        )

    torch.manual_seed(0)
    return OutputRecurrent(
        make_stack=make_stack,
        inventory=Inventory([str(word) for word in range(WORDS)], (), "a", 1, TAGS, None, False),
        recurrence=recurrence,
        words=WordSettings(100, CharacterSettings("none", 1, 1, 1, 0.0), 0, None, 0.0),
        dropout=DropoutAtEnds(0.0, 0.0),
    )


def sentences(length: int) -> TagBatch:
    words_BT, tags_BT = torch.randint(WORDS + 1, (ROWS, length)), torch.randint(TAGS, (ROWS, length))
    none_BT = torch.zeros_like(words_BT)
    return TagBatch(
        words_BT=words_BT,
        beyond_BT=none_BT,
        shapes_BT=none_BT,
        word_index_BT=none_BT,
        characters_UC=torch.ones(1, 1, dtype=torch.long),
        character_lengths_U=torch.ones(1, dtype=torch.long),
        targets_BT=tags_BT,
        lengths_B=torch.full((ROWS,), length),
        index_B=torch.arange(ROWS),
        tokens=ROWS * length,
    )


def at_once(net: OutputRecurrent, batch: TagBatch) -> Tensor:
    return net.loss(batch, None)[0][0]


def one_by_one(net: OutputRecurrent, batch: TagBatch) -> Tensor:
    """The loss by `step`, the true tag read each time."""
    state, token_B, total = net.start(batch), net.first(batch), torch.zeros(())
    for true_B in batch.targets_BT.unbind(1):
        log_prob_BK, state = net.step(token_B, state)
        total, token_B = total + F.nll_loss(log_prob_BK, true_B, reduction="sum"), true_B
    return total


def seconds(training_pass: TrainingPass, passes: int) -> float:
    start = time.perf_counter()
    for _ in range(passes):
        torch.autograd.backward(training_pass())
    return (time.perf_counter() - start) / passes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--lengths", default="20,100,400")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    output, hidden = make_net("output"), make_net("hidden")
    print(f"{ROWS} sentences, {UNITS} units, one thread; ms a training step (times that of output at once)")
    for length in map(int, options.lengths.split(",")):
        batch = sentences(length)
        ways: dict[str, TrainingPass] = {
            "output at once": partial(at_once, output, batch),
            "output one by one": partial(one_by_one, output, batch),
            "hidden": partial(at_once, hidden, batch),
        }
        torch.testing.assert_close(ways["output at once"](), ways["output one by one"](), rtol=1e-4, atol=0.0)
        passes = {name: max(1, round(options.seconds / seconds(training_pass, 2))) for name, training_pass in ways.items()}
        timings: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, training_pass in ways.items():
                timings[name].append(seconds(training_pass, passes[name]))
        median = {name: statistics.median(samples) for name, samples in timings.items()}
        first = median["output at once"]
        medians = "   ".join(f"{name} {1000 * value:.2f} ({value / first:.1f})" for name, value in median.items())
        print(f"{length:5} words   {medians}", flush=True)


if __name__ == "__main__":
    main()
