"""What a run depends on beside its configuration: the machine, the versions, the commit."""

import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "pytorch-lightning", "hydra-core", "wandb", "datasets", "sacrebleu", "numpy", "recurrent-bench")


def device_of(accelerator: str) -> str:
    """The kind of device that `trainer.accelerator` means here: cuda, mps or cpu."""
    import torch

    if accelerator in ("gpu", "auto") and torch.cuda.is_available():
        return "cuda"
    return "mps" if accelerator in ("gpu", "auto", "mps") and torch.backends.mps.is_available() else "cpu"


def describe(accelerator: str) -> dict[str, Any]:
    """The record's `machine`, for a run with this `trainer.accelerator`."""
    import torch

    gpus: dict[str, Callable[[], str]] = {"cuda": torch.cuda.get_device_name, "mps": lambda: "Apple GPU"}
    name = gpus.get(device_of(accelerator))
    return {
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "accelerator": None if name is None else name(),
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "versions": versions(),
    }


def peak_memory_bytes() -> int | None:
    """The most that this process held at once: of the GPU's memory where it used one, else of the machine's; None where the
    system does not say."""
    import torch

    if torch.cuda.is_available() and (on_gpu := torch.cuda.max_memory_allocated()):
        return on_gpu
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if platform.system() == "Darwin" else most * 1024


def processor_of(machine: Mapping[str, Any]) -> str | None:
    """The processor of a record's `machine` with its vector instructions, which older runs did not record.

    One name is sold with AVX-512 and without, and sums run in another order with it: AMD EPYC (AVX2) is not AMD EPYC (AVX512).
    """
    name, instructions = machine.get("processor"), machine.get("instructions")
    return f"{name} ({instructions})" if name and instructions else name


@cache
def versions() -> dict[str, str | None]:
    """Of Python and of the packages that figures depend on; None for one that is not installed."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}


def computes_bf16() -> bool:
    """Whether the processor has instructions for bfloat16; without them it takes a hundred times as long, or fails."""
    import torch

    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def cores() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def commit() -> dict[str, Any]:
    """Commit of the checkout and whether its sources differ from it; None for both outside a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "conf" / "config.yaml").is_file():  # installed, perhaps inside somebody's own repository
        return {"commit": None, "dirty": None}
    try:
        head = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "bench", "tasks", "conf")
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}
    return {"commit": head, "dirty": bool(changed)}


def _git(root: Path, *arguments: str) -> str:
    result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=20)
    return result.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def version_of(package: str) -> str | None:
    """The version of an installed package; None for one that is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
