"""Whether a GPU computes what the processor does, without waiting for it, and how fast: one program for a machine that has one.

    python benchmarks/gpu.py [--device cuda] [--seconds 0.2] [--rounds 7]

Every cell (full and ragged rows, outputs and gradients), the first steps of every task and model on offline data, and the
outputs of every way to decode a translation are compared with the processor's; a step runs in torch's mode that refuses to
wait. Then the speed of each cell beside nn.LSTM (cuDNN), in float32 and in bfloat16; sums over ranks by NCCL with one rank; and
a run that is stopped and goes on. Takes some minutes. Exit 1 where anything differed. `--device cpu` tries the program itself.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import yaml
from hydra import compose, initialize_config_dir
from torch import Tensor, nn

from bench.build import build
from bench.cells.cell import Cell
from bench.cells.state import detach, map_state
from bench.config import schema
from bench.config.compose import to_run
from bench.config.factory import make_net, make_strategy, make_task, settle_arithmetic
from bench.config.schema import RunConfig
from bench.decoding.bounds import Bounds
from bench.errors import Refusal
from bench.nets.net import as_net
from bench.task import Task
from bench.training.counting import Counted
from bench.training.data_parallel import Ranks

CLOSE = 2e-4  # of the largest number: rounding of float32 over some dozens of steps
STEPS = 3
SMALL = ("track=none", "trainer.batch_size=8", "stack.hidden_size=12")
Check = Callable[[str, bool, str], None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=0.2, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each cell")
    options = parser.parse_args()
    device = torch.device(options.device)
    settle_arithmetic()
    schema.register()
    failures: list[str] = []

    def check(name: str, holds: bool, detail: str) -> None:
        print(f"{'ok    ' if holds else 'DIFFERS'} {name}: {detail}", flush=True)
        if not holds:
            failures.append(name)

    print(torch.cuda.get_device_name(device) if device.type == "cuda" else "processor", torch.__version__)
    cells(device, check)
    with initialize_config_dir(str(schema.folder()), version_base="1.3"):
        trainings(device, check)
        decodings(device, check)
    speeds(device, seconds=options.seconds, rounds=options.rounds)
    ranks(device, check)
    stopped_run(device, check)
    print(f"{len(failures)} differ: {', '.join(failures)}" if failures else "all as on the processor")
    return 1 if failures else 0


def options_of(group: str) -> list[str]:
    return sorted(path.stem for path in (schema.folder() / group).glob("*.yaml"))


def cell(name: str, units: int) -> Cell:
    torch.manual_seed(0)
    node = yaml.safe_load((schema.folder() / "cell" / f"{name}.yaml").read_text(encoding="utf-8"))
    built: Cell = build(node, key="cell", given={"input_size": units, "hidden_size": units})
    return built


def cells(device: torch.device, check: Check) -> None:
    lengths_B = torch.randint(0, 65, (16,), generator=torch.Generator().manual_seed(1))
    for name in options_of("cell"):
        for kind, lengths in (("full", None), ("ragged", lengths_B)):
            results = [_scanned(cell(name, 48), target, lengths) for target in (torch.device("cpu"), device)]
            distance = max(_distance(*pair) for pair in zip(*results, strict=True))
            check(f"cell {name}, {kind} rows", distance < CLOSE, f"largest relative difference {distance:.1e}")


def _scanned(built: Cell, device: torch.device, lengths_B: Tensor | None) -> list[Tensor]:
    """The outputs and the gradients of input and weights, on the host."""
    x_BTI = torch.randn(16, 64, built.input_size, generator=torch.Generator().manual_seed(2)).to(device).requires_grad_()
    built = built.to(device)
    y_BTH, _ = built.scan(x_BTI, built.init_state(16, x_BTI), lengths_B)
    torch.autograd.backward(y_BTH.square().sum())
    assert x_BTI.grad is not None
    gradients = [x_BTI.grad, *(weight.grad for weight in built.parameters() if weight.grad is not None)]
    return [tensor.detach().cpu() for tensor in (y_BTH, *gradients)]


def _distance(expected: Tensor, other: Tensor) -> float:
    return float((expected - other).abs().max() / expected.abs().max().clamp(min=1e-6))


def configurations() -> Iterator[tuple[str, RunConfig]]:
    """Every task with its own model, then each model with the first task that takes it; dropout is off."""
    plain = ("net.output_dropout=0", "stack.dropout=0")
    tasks = options_of("task")
    for task in tasks:
        yield f"task={task}", to_run(compose("config", overrides=[f"task={task}", *SMALL, *plain]))
    for model in options_of("model"):
        for task in tasks:
            try:
                config = to_run(compose("config", overrides=[f"task={task}", f"model={model}", *SMALL]))
                make_net(config, make_task(config))
            except Refusal:  # another task takes it
                continue
            yield f"model={model} task={task}", config
            break


def trainings(device: torch.device, check: Check) -> None:
    for name, config in configurations():
        task = make_task(config)
        torch.manual_seed(config.seed)
        net = as_net(make_net(config, task))
        if isinstance(net, Counted):
            continue
        start = {key: value.clone() for key, value in net.state_dict().items()}
        expected = _losses(task, net, config, torch.device("cpu"))
        net.load_state_dict(start)
        losses = _losses(task, net.to(device), config, device)
        distance = max(abs(a - b) / max(abs(a), 1e-6) for a, b in zip(expected, losses, strict=True))
        check(name, distance < CLOSE, f"losses of {STEPS} steps differ by {distance:.1e}, none waited for")


def _losses(task: Task[Any], net: Any, config: RunConfig, device: torch.device) -> list[float]:
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    state, losses = None, []
    torch.manual_seed(0)
    for batch in islice(task.train_loader(config.trainer.batch_size, 0), STEPS):
        on_device = batch.to(device)
        with _no_waits(device):
            (nll_sum, count), state = net.eval().loss(on_device, None if batch.first else state)
            loss = nll_sum / count
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        carried = task.carry(state)
        state = None if carried is None else detach(carried)
        losses.append(loss.detach())
    return [float(loss) for loss in losses]


@contextmanager
def _no_waits(device: torch.device) -> Iterator[None]:
    if device.type != "cuda":
        yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def decodings(device: torch.device, check: Check) -> None:
    for name in options_of("decode"):
        try:
            config = to_run(compose("config", overrides=["task=translation", "net.attention=dot", f"decode={name}", *SMALL]))
            task = make_task(config)
            strategy: Any = make_strategy(config)
            torch.manual_seed(0)
            net: Any = make_net(config, task).eval()
            batch = next(iter(task.score_loader("test")))
            rows = [_written(net.to(target), strategy, batch.to(target)) for target in (torch.device("cpu"), device)]
        except (Refusal, AttributeError):
            continue  # a way to find tags
        same = sum(a == b for a, b in zip(*rows, strict=True))
        drawn = "temperature" in config.decode
        check(f"decode={name}", drawn or same >= 0.95 * len(rows[0]), f"{same} of {len(rows[0])} outputs are the same")


def _written(net: Any, strategy: Any, batch: Any) -> list[tuple[int, ...]]:
    device = batch.source_BS.device
    first_B = torch.full((batch.rows,), net.start_symbol, device=device)
    generator = torch.Generator(device=device).manual_seed(0)
    bounds = Bounds(length=20, eos=net.end_symbol, forbidden=[net.start_symbol], generator=generator)
    return [hypotheses[0].tokens for hypotheses in strategy.generate(net.step, net.start(batch), first_B, bounds)]


def speeds(device: torch.device, *, seconds: float, rounds: int) -> None:
    units, shape = (512, (64, 64)) if device.type == "cuda" else (32, (4, 8))
    for kind in ("float32", "bfloat16") if device.type == "cuda" else ("float32",):
        autocast: Callable[[], AbstractContextManager[Any]] = (
            nullcontext if kind == "float32" else lambda: torch.autocast(device.type, torch.bfloat16)
        )
        passes = {name: _passes(cell(name, units).to(device), shape, autocast) for name in options_of("cell")}
        passes["nn.LSTM"] = _passes(nn.LSTM(units, units, batch_first=True).to(device), shape, autocast)
        counts = {name: max(1, round(seconds / _timed(run, 3, device))) for name, run in passes.items()}
        taken: dict[str, list[float]] = {name: [] for name in passes}
        for _ in range(rounds):
            for name, run in passes.items():
                taken[name].append(_timed(run, counts[name], device))
        for name, samples in taken.items():
            ratios = [a / b for a, b in zip(samples, taken["nn.LSTM"], strict=True)]
            milliseconds = 1000 * statistics.median(samples)
            print(f"{kind} {units} units {name}: {milliseconds:.2f} ms a pass, {statistics.median(ratios):.2f} times nn.LSTM")


def _passes(net: nn.Module, shape: Sequence[int], autocast: Callable[[], AbstractContextManager[Any]]) -> Callable[[], None]:
    device = next(net.parameters()).device
    x_BTI = torch.randn(*shape, getattr(net, "input_size"), device=device, requires_grad=True)  # noqa: B009 - of either class
    state = map_state(Tensor.detach, net.init_state(shape[0], x_BTI)) if isinstance(net, Cell) else None

    def run() -> None:
        net.zero_grad()
        with autocast():
            y_BTH = net(x_BTI, state)[0]
        torch.autograd.backward(y_BTH.sum())

    return run


def _timed(run: Callable[[], None], count: int, device: torch.device) -> float:
    run()
    _wait_for(device)
    start = time.perf_counter()
    for _ in range(count):
        run()
    _wait_for(device)
    return (time.perf_counter() - start) / count


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def ranks(device: torch.device, check: Check) -> None:
    with tempfile.TemporaryDirectory() as folder:
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, init_method=f"file://{folder}/meeting", rank=0, world_size=1)
        together = Ranks(0, 2)  # with a second one that has nothing
        total = float(together.total(torch.tensor(3.0, device=device)))
        dist.destroy_process_group()
    check(f"sums over ranks by {backend}", total == 3.0, f"{total} of 3")


def stopped_run(device: torch.device, check: Check) -> None:
    """The same command twice: whole, and stopped on the way and repeated."""
    accelerator = "gpu" if device.type == "cuda" else "cpu"
    words = ["track=none", f"trainer.accelerator={accelerator}", "trainer.max_steps=600", "speed.rounds=0"]
    with tempfile.TemporaryDirectory() as folder:
        values = []
        for name, stops in (("whole", False), ("stopped", True)):
            places = [f"paths.results={folder}/{name}", f"paths.cache={folder}/{name}.cache"]
            command = [sys.executable, "-m", "bench", *words, *places]
            environment = os.environ | {"WANDB_MODE": "disabled"}
            if stops:
                started = subprocess.Popen(
                    command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
                )
                _stop_while_training(started)
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                check(f"a run that is {name}", False, done.stderr[-300:])
                return
            (path,) = Path(folder, name).rglob("records/*.json")
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            values.append((content["status"], next(iter(content["metrics"]["test"].values()))["value"]))
            check(f"a run that is {name}", True, f"{values[-1]} on {content['machine']['accelerator']}")
    near = abs(values[0][1] - values[1][1]) < CLOSE * abs(values[0][1])
    check("a run that goes on where it was stopped", near, f"{values[1][1]} where {values[0][1]} is right")


def _stop_while_training(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if " step " in line:
            process.send_signal(signal.SIGTERM)
            break
    process.stdout.read()
    process.wait()


if __name__ == "__main__":
    raise SystemExit(main())
