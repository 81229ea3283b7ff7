"""Name tagging side by side with Flair: speed of training and tagging, and F1 after equal time (CoNLL-2003, BiLSTM-CNN-CRF).

    python benchmarks/tagging.py --data FOLDER --scratch FOLDER --json FILE --flair PYTHON [--minutes 14]

`--data` (or BENCH_DATA) holds `conll2003/eng.{train,testa,testb}.gz`; `--flair` is the Python of a virtual environment with
flair 0.15.1, and may be left out. Both train the tagger of `taggers.py` on the same sentences and tags, in turns, each a
process of its own with one thread on one core. Training is timed between two progress lines, so loading counts for no one. With
`--minutes`, each then trains for as many steps as fill that time at its own speed (validation comes on top), and the best
weights by validation F1 tag the test split in turns: from words to tags, in batches as large as those of training. A model that
is trained already under `--scratch` is not trained again.

What differs, for Flair has no such part or does it in its own way:

- Features of characters: ours a convolution of width 3 from 30 to 50, Flair's an LSTM from 30 to 2x25, run sentence by
  sentence. The column `flair words` has none at all, which is faster.
- Words: ours in lower case and with digits as zeros, Flair's as written; both embeddings start from random numbers, ours
  normal, Flair's uniform by Xavier. Flair's usual pretrained ones are a download, and its OneHotEmbeddings stand for them.
- Word dropout: ours reads the unknown word and keeps the characters, Flair's takes the whole vector away.
- Loss: ours the mean over words, gradient norm at most 1; Flair's the sum, norm at most 5.
- Batches: ours of sentences of like length, Flair's drawn at random.
- Flair's recipe, SGD at 0.1 halved on a plateau, is replaced by ours, and its linear layer before the BiLSTM is switched off.

NCRF++ is left out: it is no package. The random field alone, beside pytorch-crf, is `crf.py`.

Rates are sentences per second of processor time, which another job on the machine disturbs least; wall time is in the JSON.
Ratios are medians over rounds, with their range, to the first Flair column (without Flair, to ours). Linux.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from contest import Budget, Report, Toolkit, Workspace, decoded, trained, training_round
from parallel_text import lines_of
from tagged_text import Tagged, scores, write_tagged
from taggers import Bench, Flair
from turns import Rates, in_turns


@dataclass(frozen=True)
class Contest:
    """The toolkits with what they are given."""

    toolkits: dict[str, Toolkit]
    workspace: Workspace
    text: Tagged
    batch_size: int
    report: Report


def train(contest: Contest, name: str, minutes: float) -> dict[str, str]:
    """As many steps as fill the minutes at the toolkit's median speed; the model as `timed_decoding.py` loads it."""
    toolkit = contest.toolkits[name]
    room = room_of(contest, name, minutes)
    steps = contest.report.speed["training"][name]["rate"] * 60 * minutes / toolkit.sentences_per_step
    budget = Budget.near(steps, epoch=contest.text.epoch(contest.batch_size))
    training = trained(toolkit, contest.workspace, room, budget=budget)
    weights = training.pop("weights")[0]
    contest.report.add(name, training | {"validation F1": weights["f1"]})
    model: dict[str, str] = weights["model"]
    return model


def room_of(contest: Contest, name: str, minutes: float) -> Path:
    return Path(contest.workspace.scratch, f"{name.replace(' ', '_')}_{minutes:g}_minutes")


def tag_all(contest: Contest, minutes: float, rounds: int) -> None:
    """Speed of tagging the test split in turns, and its scores."""
    models = {name: train(contest, name, minutes) for name in contest.toolkits}
    outputs: dict[str, list[str]] = {}

    def measure(name: str, number: int) -> Rates:
        room = room_of(contest, name, minutes)
        files = {"source": str(contest.text.words("test")), "output": str(room / "test.tags")}
        request = {**files, "model": models[name], "batch_size": contest.batch_size}
        outputs[name], speed = decoded(contest.toolkits[name], contest.workspace, room / "request_tags.json", request)
        return speed

    contest.report.add_speed("tagging", in_turns(list(models), rounds, "tagging", measure))
    gold = lines_of(contest.text.tags("test"))
    for name, predicted in outputs.items():
        contest.report.add(name, {f"test {key}": value for key, value in scores(predicted, gold).items()})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", default=os.environ.get("BENCH_DATA"), help="folder that holds conll2003/; default: BENCH_DATA"
    )
    parser.add_argument("--scratch", required=True, help="folder for sentences, configurations and weights")
    parser.add_argument("--json", required=True, help="file for the results")
    parser.add_argument("--flair", help="the Python that has flair 0.15.1")
    parser.add_argument(
        "--flair-characters", nargs="+", default=["lstm", "none"], choices=["lstm", "none"], help="of Flair, each a column"
    )
    parser.add_argument(
        "--ours", nargs="*", default=[], metavar="OVERRIDE", help="added to our command, such as net.capitals=5"
    )
    parser.add_argument("--batch-size", type=int, default=32, help="sentences a batch, training and tagging")
    parser.add_argument("--rounds", type=int, default=5, help="turns of training speed")
    parser.add_argument("--seconds", type=float, default=60.0, help="of processor time, each turn of training speed")
    parser.add_argument("--minutes", type=float, default=0.0, help="training of the models that tag; 0: training speed alone")
    parser.add_argument("--tag-rounds", type=int, default=5, help="turns of tagging the test split")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="the core that all of it runs on")
    options = parser.parse_args()
    if not options.data:
        parser.error("no data folder: give --data or set BENCH_DATA")
    return options


def prepare(options: argparse.Namespace) -> Contest:
    scratch, data = Path(options.scratch).absolute(), Path(options.data).absolute()
    os.environ["BENCH_DATA"] = str(data)  # where a trained tagger of ours finds its data again
    text = write_tagged(data, scratch / "text")
    toolkits: list[Toolkit] = [Bench(data, text, options.batch_size, options.ours)]
    for characters in options.flair_characters if options.flair else []:
        toolkits.append(Flair(text, options.batch_size, options.flair, characters=characters))
    report = Report(Path(options.json), toolkits[min(1, len(toolkits) - 1)].name)
    workspace = Workspace(scratch, options.core)
    return Contest({toolkit.name: toolkit for toolkit in toolkits}, workspace, text, options.batch_size, report)


def main() -> None:
    options = arguments()
    contest = prepare(options)

    def measure(name: str, number: int) -> Rates:
        return training_round(contest.toolkits[name], contest.workspace, seconds=options.seconds, seed=number)

    contest.report.add_speed("training", in_turns(list(contest.toolkits), options.rounds, "training", measure))
    if options.minutes:
        tag_all(contest, options.minutes, options.tag_rounds)
    print(contest.report.table())


if __name__ == "__main__":
    main()
