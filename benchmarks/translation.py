"""Translation side by side with eole and JoeyNMT: speed of training and decoding, and BLEU after equal time (Multi30k de-en).

    python benchmarks/translation.py --data FOLDER --scratch FOLDER --json FILE --eole PYTHON --joeynmt PYTHON

`--data` (or BENCH_DATA) holds `multi30k/{train,val,test_2016_flickr}.{de,en}.gz`; `--eole` and `--joeynmt` are the Pythons of
virtual environments with these packages, and may be left out. All toolkits train the model of `peers.py` on the same tokens,
in turns, each a process of its own with one thread on one core. Training is timed between two progress lines, so loading
counts for no one. With `--minutes`, each then trains for as many steps as fill that time at its own speed, and the weights
decode the test split. A model that is trained already under `--scratch` is not trained again.

Rates are sentences per second of processor time, which another job on the machine disturbs least; wall time is in the JSON.
Ratios are medians over rounds, with their range, to eole (without it, to the first toolkit). Linux.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contest import Budget, Report, Toolkit, Workspace, decoded, trained, training_round
from parallel_text import Text, bleu, raw_lines, write_text
from peers import BATCH, Bench, Eole, Joey, Weights, epoch_of
from turns import Rates, in_turns

WIDTHS = {"greedy": 1, "beam 5": 5}
CHANGED = "lines that batch 1 changes"


@dataclass(frozen=True)
class Corpus(Workspace):
    """A workspace with the pairs of lines."""

    data: Path
    text: Text


@dataclass(frozen=True)
class Trained:
    """A toolkit with its weights; decodes in a process of its own."""

    toolkit: Toolkit
    weights: Weights
    corpus: Corpus
    room: Path

    def decode(self, split: str, *, width: int, batch_size: int = BATCH) -> tuple[list[str], Rates]:
        """The lines of a split, and how fast they came."""
        output_path = self.room / f"{split}_width_{width}_batch_{batch_size}.txt"
        files = {"source": self.corpus.text.path(split, "de"), "output": str(output_path), "model": self.weights.model}
        request = {**files, "width": width, "batch_size": batch_size}
        lines, speed = decoded(self.toolkit, self.corpus, self.room / "request.json", request)
        return lines, speed


def train(toolkit: Toolkit, corpus: Corpus, report: Report, minutes: float) -> Trained:
    """As many steps as fill the minutes at the toolkit's median speed; of its candidates the best by validation BLEU."""
    room = corpus.scratch / f"{toolkit.name.replace(' ', '_')}_{minutes:g}_minutes"
    steps = report.speed["training"][toolkit.name]["rate"] * 60 * minutes / toolkit.sentences_per_step
    training = trained(toolkit, corpus, room, budget=Budget.near(steps, epoch=epoch_of(corpus.text)))
    candidates = [Trained(toolkit, Weights(**weights), corpus, room) for weights in training.pop("weights")]
    references = raw_lines(corpus.data, "validation", "en")
    scores = [bleu(candidate.decode("validation", width=5)[0], references) for candidate in candidates]
    best = max(range(len(scores)), key=lambda number: scores[number]["BLEU"])
    report.add(toolkit.name, training | {"validation perplexity": candidates[best].weights.perplexity})
    report.add(toolkit.name, {f"validation beam 5 {name}": value for name, value in scores[best].items()})
    return candidates[best]


def decode_all(models: Mapping[str, Trained], corpus: Corpus, report: Report, rounds: int) -> None:
    """Speed of greedy and beam search in turns, BLEU, and how many greedy lines are others when decoded alone."""
    references = raw_lines(corpus.data, "test", "en")
    outputs: dict[tuple[str, int], list[str]] = {}
    for label, width in WIDTHS.items():

        def measure(name: str, number: int, width: int = width) -> Rates:
            outputs[name, width], speed = models[name].decode("test", width=width)
            return speed

        report.add_speed(label, in_turns(list(models), rounds, label, measure))
        for name in models:
            scores = bleu(outputs[name, width], references)
            report.add(name, {f"test {label} {key}": value for key, value in scores.items()})
    for name, model in models.items():
        alone, _ = model.decode("test", width=1, batch_size=1)
        report.add(name, {CHANGED: sum(together != other for together, other in zip(alone, outputs[name, 1], strict=True))})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("BENCH_DATA"), help="folder that holds multi30k/; default: BENCH_DATA")
    parser.add_argument("--scratch", required=True, help="folder for tokens, configurations and weights")
    parser.add_argument("--json", required=True, help="file for the results")
    parser.add_argument("--eole", help="the Python that has eole 0.6.4")
    parser.add_argument("--joeynmt", help="the Python that has joeynmt 2.3.0")
    parser.add_argument("--precision", nargs="*", default=["float32", "bf16"], help="of ours, each a column; none: only peers")
    parser.add_argument("--ours", nargs="*", default=[], metavar="OVERRIDE", help="added to our command, such as net.tied=true")
    parser.add_argument("--rounds", type=int, default=5, help="turns of training speed")
    parser.add_argument("--seconds", type=float, default=80.0, help="of processor time, each turn of training speed")
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="training of the models that decode; 0: training speed alone"
    )
    parser.add_argument("--decode-rounds", type=int, default=3, help="turns of each way to decode")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core that all of it runs on")
    options = parser.parse_args()
    if not options.data:
        parser.error("no data folder: give --data or set BENCH_DATA")
    if not (options.precision or options.eole or options.joeynmt):
        parser.error("nothing to measure: give --precision, --eole or --joeynmt")
    return options


def main() -> None:
    options = arguments()
    scratch = Path(options.scratch).absolute()
    data = Path(options.data)
    corpus = Corpus(scratch, options.core, data, write_text(data, scratch / "text"))
    toolkits: list[Toolkit] = [Bench(corpus.text, precision, options.ours) for precision in options.precision]
    toolkits += [Eole(corpus.text, options.eole)] if options.eole else []
    toolkits += [Joey(corpus.text, options.joeynmt)] if options.joeynmt else []
    by_name = {toolkit.name: toolkit for toolkit in toolkits}
    report = Report(Path(options.json), "eole" if options.eole else toolkits[0].name)

    def measure(name: str, number: int) -> Rates:
        return training_round(by_name[name], corpus, seconds=options.seconds, seed=number)

    report.add_speed("training", in_turns(list(by_name), options.rounds, "training", measure))
    if options.minutes:
        models = {name: train(toolkit, corpus, report, options.minutes) for name, toolkit in by_name.items()}
        decode_all(models, corpus, report, options.decode_rounds)
    print(report.table())


if __name__ == "__main__":
    main()
