"""Loads a trained model of one toolkit, decodes lines with it, and times that: run by each toolkit's own Python.

    python benchmarks/timed_decoding.py bench|eole|joey|bench_tagger|flair REQUEST.json

The request names the source lines, the output file, sentences a batch, the model, and for translation the beam's width (1 is
greedy). A tagger reads words and writes their tags. Loading and a first small batch are not timed; reading a line as tokens
and writing it as text are. Prints one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from bench.decoding.best_tags import BestTags
    from tasks.tagging import Tagging

Decode = Callable[[list[str]], list[str]]
LONGEST = 100
WARM_UP = 64  # lines


def bench(request: dict[str, Any]) -> Decode:
    from bench.tasks.translation import Translation

    from bench.build import build
    from bench.commands.decode import GROUPS
    from bench.config.factory import make_net, make_strategy
    from bench.jobs.stored_config import configuration
    from bench.training.checkpoint import Checkpoint

    folder, width = Path(request["model"]["checkpoint"]), request["width"]
    strategy = ["decode=greedy"] if width == 1 else ["decode=beam", f"decode.width={width}"]
    config = configuration(folder, [*strategy, f"evaluation.batch_size={request['batch_size']}"], groups=GROUPS)
    vocabulary = json.loads((folder / "about.json").read_text(encoding="utf-8"))["vocabulary"]
    reader = Translation.restore(vocabulary, build(config.evaluation, key="evaluation"))
    net = make_net(config, reader)
    Checkpoint(folder).load_best(net.eval())
    chosen = make_strategy(config)
    return lambda lines: reader.lines(net, chosen, lines, config.seed)[0]


def eole(request: dict[str, Any]) -> Decode:
    from eole.config.run import PredictConfig
    from eole.inference_engine import InferenceEnginePY

    config = PredictConfig(
        model_path=request["model"]["model"],
        src=request["source"],
        gpu_ranks=[],
        world_size=1,
        beam_size=request["width"],
        batch_size=request["batch_size"],
        batch_type="sents",
        max_length=LONGEST,
    )
    engine = InferenceEnginePY(config)
    return lambda lines: [translations[0] for translations in engine.infer_list(lines)[2]]


def joey(request: dict[str, Any]) -> Decode:
    from joeynmt.config import load_config, parse_global_args
    from joeynmt.prediction import predict, prepare

    config = load_config(request["model"]["config"])
    config["testing"] |= {
        "beam_size": request["width"],
        "beam_alpha": 1.0,
        "batch_size": request["batch_size"],
        "max_output_length": LONGEST,
        "load_model": request["model"]["checkpoint"],
    }
    args = parse_global_args(config, rank=0, mode="translate")
    model, _, _, stream = prepare(args, rank=0, mode="translate")

    def decode(lines: list[str]) -> list[str]:
        stream.reset_cache()
        for line in lines:
            stream.set_item(line)
        predictions = predict(model, stream, args.device, 0, normalization="none", args=args.test, autocast=args.autocast)
        return list(predictions[2])

    return decode


def bench_tagger(request: dict[str, Any]) -> Decode:
    from bench.tasks.tagging_outputs import rows_of

    from bench.commands.decode import GROUPS
    from bench.config.factory import make_net, make_strategy, make_task
    from bench.data.batches.buckets import Ordered
    from bench.data.tags.sentences import Sentence
    from bench.jobs.stored_config import configuration
    from bench.nets.roles import Tags
    from bench.training.checkpoint import Checkpoint

    folder = Path(request["model"]["checkpoint"])
    config = configuration(folder, ["decode=viterbi"], groups=GROUPS)
    task = cast("Tagging", make_task(config))
    net = make_net(config, task)
    assert isinstance(net, Tags)
    Checkpoint(folder).load_best(net.eval())
    strategy = cast("BestTags", make_strategy(config))

    def decode(lines: list[str]) -> list[str]:
        sentences = [line.split(" ") for line in lines]
        ids = task.data.text.encode([Sentence(tuple(words), ("O",) * len(words)) for words in sentences])
        lines_of_tags = [""] * len(lines)
        for batch in Ordered(ids, request["batch_size"]):
            rows = rows_of(strategy.tag(net, batch), batch)
            for index, row in zip(batch.index_B.tolist(), rows, strict=True):
                lines_of_tags[index] = " ".join(task.data.text.decode(row))
        return lines_of_tags

    return decode


def flair(request: dict[str, Any]) -> Decode:
    from flair.data import Sentence
    from flair.models import SequenceTagger

    model = SequenceTagger.load(request["model"]["file"])
    model.eval()

    def tags(sentence: Any) -> str:
        labels = ["O"] * len(sentence)
        for label in sentence.get_labels(model.label_type):
            first, *rest = (token.idx - 1 for token in label.data_point)
            labels[first] = f"B-{label.value}"
            for at in rest:
                labels[at] = f"I-{label.value}"
        return " ".join(labels)

    def decode(lines: list[str]) -> list[str]:
        sentences = [Sentence(line.split(" ")) for line in lines]
        model.predict(sentences, mini_batch_size=request["batch_size"])
        return [tags(sentence) for sentence in sentences]

    return decode


DECODERS = {"bench": bench, "eole": eole, "joey": joey, "bench_tagger": bench_tagger, "flair": flair}


def main() -> None:
    import torch

    torch.set_num_threads(1)
    request = json.loads(Path(sys.argv[2]).read_text())
    decode = DECODERS[sys.argv[1]](request)
    lines = Path(request["source"]).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    with torch.no_grad():
        decode(lines[:WARM_UP])
        wall, processor = time.perf_counter(), time.process_time()
        outputs = decode(lines)
        seconds = {"wall_s": time.perf_counter() - wall, "processor_s": time.process_time() - processor}
    if len(outputs) != len(lines):
        raise SystemExit(f"{sys.argv[1]} wrote {len(outputs)} lines for {len(lines)}")
    Path(request["output"]).write_text("".join(f"{line}\n" for line in outputs), encoding="utf-8")
    print(json.dumps({"lines": len(lines), **seconds}))


if __name__ == "__main__":
    main()
