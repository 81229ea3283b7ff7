"""Translation side by side with eole and JoeyNMT: speed of training and decoding, and BLEU after equal time (Multi30k de-en).

    python tests/benchmarks/translation.py --data FOLDER --scratch FOLDER --json FILE --eole PYTHON --joeynmt PYTHON

`--data` (or BENCH_DATA) holds `multi30k/{train,val,test_2016_flickr}.{de,en}.gz`; `--eole` and `--joeynmt` are the Pythons of
virtual environments with these packages, and may be left out. All toolkits train the model of `peers.py` on the same tokens,
in turns, each a process of its own with one thread on one core. Training is timed between two progress lines, so loading
counts for no one. With `--minutes`, each then trains for as many steps as fill that time at its own speed, and the weights
decode the test split. A model that is trained already under `--scratch` is not trained again.

Rates are sentences per second of processor time, which another job on the machine disturbs least; wall time is in the JSON.
Ratios are medians over rounds, with their range, to eole (else the first toolkit). A busy core costs rounds, not fairness.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers import Bench, Eole, Joey, Text, Toolkit, Weights

SPLITS = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
WIDTHS = {"greedy": 1, "beam 5": 5}
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
UNKNOWN = "unk"
Rounds = dict[str, list[dict[str, float]]]


def tokens_of(line: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", line.lower())


def raw_lines(folder: Path, split: str, language: str) -> list[str]:
    with gzip.open(folder / "multi30k" / f"{SPLITS[split]}.{language}.gz", "rt", encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def write_text(data: Path, folder: Path) -> Text:
    """Tokens joined by spaces, and the words of the training split that occur twice or more, the most frequent first."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("de", "en"):
        for split in SPLITS:
            lines = [tokens_of(line) for line in raw_lines(data, split, language)]
            (folder / f"{split}.{language}").write_text("".join(f"{' '.join(line)}\n" for line in lines), encoding="utf-8")
            if split == "train":
                counts = Counter(token for line in lines for token in line)
                words = sorted((word for word in counts if counts[word] >= 2), key=lambda word: (-counts[word], word))
                (folder / f"words.{language}").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    return Text(folder, len(raw_lines(data, "train", "de")))


@dataclass(frozen=True)
class Line:
    """A line of a process's output, and how long the process had run when it came."""

    text: str
    wall_s: float
    processor_s: float


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def start(command: Sequence[str], core: int) -> subprocess.Popen[str]:
    def pin() -> None:
        os.sched_setaffinity(0, {core})

    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(), preexec_fn=pin
    )


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def lines_of(command: Sequence[str], core: int) -> Iterator[Line]:
    """Raises RuntimeError with the last lines when the process fails; ends it when the caller stops asking."""
    process = start(command, core)
    assert process.stdout
    seen: list[str] = []
    try:
        for text in process.stdout:
            seen.append(text)
            yield Line(text, time.perf_counter(), processor_seconds(process.pid))
        if process.wait():
            raise RuntimeError(f"{command[0]} ended with status {process.returncode}:\n{''.join(seen[-30:])}")
    finally:
        process.terminate()
        process.wait()


def training_round(toolkit: Toolkit, room: Path, *, seconds: float, seed: int, core: int) -> dict[str, float]:
    """Sentences per second between the first progress line and the first one `seconds` of processor time later."""
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    first: tuple[int, Line] | None = None
    running = lines_of(toolkit.train(room, steps=None, seed=seed), core)
    for line in running:
        match = toolkit.progress.search(line.text)
        if match and first is None:
            first = int(match[1]), line
        elif match and first and line.processor_s - first[1].processor_s >= seconds:
            running.close()
            sentences = (int(match[1]) - first[0]) * toolkit.sentences_per_step
            shutil.rmtree(room)
            return {
                "sentences": sentences,
                "processor": sentences / (line.processor_s - first[1].processor_s),
                "wall": sentences / (line.wall_s - first[1].wall_s),
            }
    raise RuntimeError(f"{toolkit.name} ended before {seconds} s of training")


def in_turns(
    toolkits: Sequence[Toolkit], rounds: int, what: str, measure: Callable[[Toolkit, int], dict[str, float]]
) -> Rounds:
    """`rounds` times A B C, A B C: what disturbs the machine for a while disturbs all."""
    found: Rounds = {toolkit.name: [] for toolkit in toolkits}
    for number in range(rounds):
        for toolkit in toolkits:
            made = measure(toolkit, number)
            found[toolkit.name].append(made)
            print(
                f"{what} round {number + 1} of {rounds}  {toolkit.name}: {made['processor']:.1f} sentences/s "
                f"(wall {made['wall']:.1f})",
                flush=True,
            )
    return found


def trained(toolkit: Toolkit, room: Path, *, steps: int, core: int) -> dict[str, Any]:
    """Trains for `steps`, or reads what an earlier call left: seconds, candidates."""
    done = room / "trained.json"
    if done.is_file():
        found: dict[str, Any] = json.loads(done.read_text())
        print(f"{toolkit.name}: trained before, {found['steps']} steps", flush=True)
        return found
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    print(f"{toolkit.name}: trains {steps} steps", flush=True)
    lines = list(lines_of(toolkit.train(room, steps=steps, seed=1), core))
    progress = [line for line in lines if toolkit.progress.search(line.text)]
    candidates = toolkit.candidates(room, [line.text for line in lines])
    made = {
        "steps": steps,
        "wall_s": lines[-1].wall_s - progress[0].wall_s,
        "processor_s": lines[-1].processor_s - progress[0].processor_s,
        "candidates": [{"model": one.model, "perplexity": one.perplexity} for one in candidates],
    }
    done.write_text(json.dumps(made))
    return made


@dataclass(frozen=True)
class Decoder:
    """Decodes a split with weights of a toolkit in a process of its own."""

    text: Text
    core: int

    def __call__(
        self, toolkit: Toolkit, weights: Weights, room: Path, *, split: str, width: int, batch_size: int = 64
    ) -> tuple[list[str], dict[str, float]]:
        """The output lines, and sentences per second."""
        request, output = room / "request.json", room / f"{split}.{width}.{batch_size}.txt"
        asked = {"source": self.text.path(split, "de"), "output": str(output), "model": weights.model}
        request.write_text(json.dumps({**asked, "width": width, "batch_size": batch_size, "passes": 1}))
        program = Path(__file__).with_name("timed_decoding.py")
        lines = list(lines_of([toolkit.python, str(program), toolkit.kind, str(request)], self.core))
        made = json.loads(next(line.text for line in reversed(lines) if line.text.startswith('{"lines"')))
        speed = {key: made["lines"] / made["passes"][0][f"{key}_s"] for key in ("processor", "wall")}
        return output.read_text(encoding="utf-8").removesuffix("\n").split("\n"), speed


@dataclass(frozen=True)
class Scorer:
    """Lower-cased BLEU of one split: over the tokens, and by sacrebleu's own tokens on detokenised text."""

    references: list[str]

    def __call__(self, outputs: Sequence[str]) -> dict[str, float]:
        import sacrebleu

        from bench.data.levels import level_of

        tokens = [tokens_of(line.replace("<unk>", UNKNOWN)) for line in outputs]
        plain = [level_of("words", "en").join(line) for line in tokens]
        references = [" ".join(tokens_of(line)) for line in self.references]
        spaced = sacrebleu.corpus_bleu([" ".join(line) for line in tokens], [references], lowercase=True, tokenize="none")
        detokenised = sacrebleu.corpus_bleu(plain, [self.references], lowercase=True)
        return {"bleu_tokens": spaced.score, "bleu_plain": detokenised.score}


def chosen(toolkit: Toolkit, made: dict[str, Any], room: Path, *, decode: Decoder, validation: Scorer) -> Weights:
    """Of the candidates the one with the highest validation BLEU (beam 5)."""
    candidates = [Weights(one["model"], one["perplexity"]) for one in made["candidates"]]
    if len(candidates) == 1:
        return candidates[0]
    scores = [
        validation(decode(toolkit, weights, room, split="validation", width=WIDTHS["beam 5"])[0])["bleu_tokens"]
        for weights in candidates
    ]
    return candidates[scores.index(max(scores))]


def ratios(found: Rounds, baseline: str) -> dict[str, dict[str, float]]:
    """Median rate of each toolkit, and its ratio to the baseline's of the same round: median, lowest, highest."""
    made = {}
    for name, rounds in found.items():
        quotients = [one["processor"] / other["processor"] for one, other in zip(rounds, found[baseline], strict=True)]
        rate = statistics.median(one["processor"] for one in rounds)
        made[name] = {"rate": rate, "ratio": statistics.median(quotients), "low": min(quotients), "high": max(quotients)}
    return made


class Report:
    """Everything measured so far; written after each part, so that an interrupted run leaves what it has."""

    def __init__(self, path: Path, baseline: str) -> None:
        self.path, self.baseline = path, baseline
        self.content: dict[str, Any] = {"baseline": baseline, "speed": {}, "rounds": {}, "models": {}}

    def add_speed(self, what: str, found: Rounds) -> None:
        self.content["rounds"][what] = found
        self.content["speed"][what] = ratios(found, self.baseline)
        self.write()

    def add_model(self, name: str, values: dict[str, Any]) -> None:
        self.content["models"].setdefault(name, {}).update(values)
        self.write()

    def write(self) -> None:
        self.path.write_text(json.dumps(self.content, indent=1) + "\n")

    def table(self) -> str:
        """Markdown: a row a toolkit."""
        speed, models = self.content["speed"], self.content["models"]
        measured = sorted({key for values in models.values() for key in values if key != "training"})
        rows = [["toolkit", *(f"{what} sentences/s" for what in speed), *measured]]
        for name in next(iter(speed.values())):
            cells = [
                f"{one['rate']:.0f} ({one['ratio']:.2f} [{one['low']:.2f}, {one['high']:.2f}])"
                for one in (values[name] for values in speed.values())
            ]
            rows.append([name, *cells, *(f"{models[name][key]:.4g}" for key in measured)])
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def train_all(toolkits: Sequence[Toolkit], report: Report, options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Each toolkit for as many steps as fill the minutes at its median speed."""
    made = {}
    for toolkit in toolkits:
        rate = report.content["speed"]["training"][toolkit.name]["rate"]
        steps = max(round(rate * 60 * options.minutes / toolkit.sentences_per_step), 2)
        made[toolkit.name] = trained(toolkit, room_of(toolkit, options), steps=steps, core=options.core)
        report.add_model(toolkit.name, {"training": made[toolkit.name]})
    return made


def room_of(toolkit: Toolkit, options: argparse.Namespace) -> Path:
    return Path(options.scratch) / f"{toolkit.name.replace(' ', '_')}_{options.minutes:g}_minutes"


def decode_all(toolkits: Sequence[Toolkit], made: dict[str, dict[str, Any]], text: Text, report: Report, options: Any) -> None:
    """Speed of greedy and beam search in turns, BLEU, and how many greedy lines are other ones in batches of one."""
    data, decode = Path(options.data), Decoder(text, options.core)
    scorers = {split: Scorer(raw_lines(data, split, "en")) for split in ("validation", "test")}
    rooms = {toolkit.name: room_of(toolkit, options) for toolkit in toolkits}
    weights = {
        toolkit.name: chosen(toolkit, made[toolkit.name], rooms[toolkit.name], decode=decode, validation=scorers["validation"])
        for toolkit in toolkits
    }
    outputs: dict[tuple[str, int], list[str]] = {}
    for label, width in WIDTHS.items():

        def measure(toolkit: Toolkit, number: int, width: int = width) -> dict[str, float]:
            name = toolkit.name
            found = decode(toolkit, weights[name], rooms[name], split="test", width=width)
            outputs[name, width] = found[0]
            return found[1]

        report.add_speed(label, in_turns(toolkits, options.decode_rounds, label, measure))
        for toolkit in toolkits:
            scores = scorers["test"](outputs[toolkit.name, width])
            report.add_model(toolkit.name, {f"{label} {name}": value for name, value in scores.items()})
    for toolkit in toolkits:
        name = toolkit.name
        alone, _ = decode(toolkit, weights[name], rooms[name], split="test", width=1, batch_size=1)
        differ = sum(one != other for one, other in zip(alone, outputs[name, 1], strict=True))
        report.add_model(name, {"lines that batch 1 changes": differ, "validation perplexity": weights[name].perplexity})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("BENCH_DATA"), help="folder that holds multi30k/; default: BENCH_DATA")
    parser.add_argument("--scratch", required=True, help="folder for tokens, configurations and weights")
    parser.add_argument("--json", required=True, help="file for the results")
    parser.add_argument("--eole", help="the Python that has eole 0.6.4")
    parser.add_argument("--joeynmt", help="the Python that has joeynmt 2.3.0")
    parser.add_argument(
        "--precision", nargs="*", default=["float32", "bf16"], help="of ours, each a row; none: the peers alone"
    )
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
    return options


def main() -> None:
    options = arguments()
    scratch = Path(options.scratch).absolute()
    text = write_text(Path(options.data), scratch / "text")
    toolkits: list[Toolkit] = [Bench(text, precision, options.ours) for precision in options.precision]
    toolkits += [Eole(text, options.eole)] if options.eole else []
    toolkits += [Joey(text, options.joeynmt)] if options.joeynmt else []
    if not toolkits:
        sys.exit("nothing to measure: give --precision, --eole or --joeynmt")
    names = [toolkit.name for toolkit in toolkits]
    report = Report(Path(options.json), "eole" if "eole" in names else names[0])

    def measure(toolkit: Toolkit, number: int) -> dict[str, float]:
        return training_round(toolkit, scratch / "round", seconds=options.seconds, seed=number, core=options.core)

    report.add_speed("training", in_turns(toolkits, options.rounds, "training", measure))
    if options.minutes:
        decode_all(toolkits, train_all(toolkits, report, options), text, report, options)
    print(report.table())


if __name__ == "__main__":
    main()
