"""Loads a trained model of one toolkit, decodes lines with it, and times that: run by each toolkit's own Python.

    python tests/benchmarks/timed_decoding.py bench|eole|joey REQUEST.json

The request names the source lines, the output file, the beam's width (1 is greedy), sentences a batch, passes, and the model.
Loading, and a first small batch, are not timed. Prints one JSON line: lines a pass, and the wall and processor seconds of each.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Decode = Callable[[list[str]], list[str]]
LONGEST = 100


def bench(request: dict[str, Any]) -> Decode:
    from omegaconf import OmegaConf

    from bench.assemble import make_net
    from bench.checkpoint import Checkpoint
    from bench.config import RunConfig
    from bench.decoding.beam import Beam
    from bench.decoding.greedy import Greedy
    from tasks.translation import Evaluation, Translation

    folder = Path(request["model"]["checkpoint"])
    config: Any = OmegaConf.to_object(
        OmegaConf.merge(OmegaConf.structured(RunConfig), json.loads((folder / "config.json").read_text()))
    )
    evaluation = Evaluation(request["batch_size"], length_factor=2.0, length_offset=10, samples=0, matrices=0)
    reader = Translation.restore(json.loads((folder / "about.json").read_text())["vocabulary"], evaluation)
    net = make_net(config, reader).eval()  # type: ignore[arg-type]
    Checkpoint(folder.parent.parent, folder.name).load_best(net)
    width = request["width"]
    strategy = Greedy() if width == 1 else Beam(width, length_penalty=0.75, norm="power", n_best=1, min_length=0)
    return lambda lines: reader.lines(net, strategy, lines, 0)[0]


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
    return lambda lines: [found[0] for found in engine.infer_list(lines)[2]]


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
        made = predict(model, stream, args.device, 0, normalization="none", args=args.test, autocast=args.autocast)
        return list(made[2])

    return decode


def main() -> None:
    import torch

    torch.set_num_threads(1)
    request = json.loads(Path(sys.argv[2]).read_text())
    decode = {"bench": bench, "eole": eole, "joey": joey}[sys.argv[1]](request)
    lines = Path(request["source"]).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    passes = []
    outputs: list[str] = []
    with torch.no_grad():
        decode(lines[: request["batch_size"]])
        for _ in range(request["passes"]):
            wall, processor = time.perf_counter(), time.process_time()
            outputs = decode(lines)
            passes.append({"wall_s": time.perf_counter() - wall, "processor_s": time.process_time() - processor})
    if len(outputs) != len(lines):
        raise SystemExit(f"{sys.argv[1]} wrote {len(outputs)} lines for {len(lines)}")
    Path(request["output"]).write_text("".join(f"{line}\n" for line in outputs), encoding="utf-8")
    print(json.dumps({"lines": len(lines), "passes": passes}))


if __name__ == "__main__":
    main()
