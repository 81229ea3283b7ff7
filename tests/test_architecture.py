"""Arrows go one way: who may import what, read from the syntax trees."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*(ROOT / "bench").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")])
COMPOSING = ("__main__.py", "config.py", "sweep.py", "composing.py", "search.py", "refusal.py", "stored.py")
HOMES = {
    "hydra": (*COMPOSING, "report/write.py", "report/commands.py"),
    "omegaconf": (*COMPOSING, "ranks.py", "report/commands.py"),
    "pytorch_lightning": ("learner.py", "fitting.py", "training.py", "gradients.py", "resuming.py", "progress.py"),
    "wandb": ("tracking.py",),
    "wandb_workspaces": ("tracking.py",),
    "datasets": ("data/sources/hub.py",),
}
MODELS = ("cells/", "nets/", "baselines/", "decoding/")
REPORTING = ("tables/", "figures/", "stats/", "records/record.py", "records/record_files.py", "records/upgrades.py")
READ = ("tables", "figures", "stats", "records", "errors")


def imported(file):
    """Top-level packages and dotted modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def former(place):
    """The files that keep the old names of commands for a release."""
    return place in ("cost.py", "decode.py", "probe.py", "status.py", "sync.py") or (place or "").endswith("/__main__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_arrows(file):
    place = file.relative_to(ROOT / "bench").as_posix() if "bench" in file.relative_to(ROOT).parts[0] else None
    names = set(imported(file))
    tops = {name.split(".")[0] for name in names}
    for package, homes in HOMES.items():
        if package in tops:
            assert place in homes or (place or "").startswith(tuple(home.removesuffix(".py") + "/" for home in homes)), package
    if place not in ("commands/probe.py", "reference.py") and not (place or "").startswith("probes/"):
        assert not any(name.startswith("bench.probe") for name in names)
    if place != "__main__.py" and not (place or "").startswith("commands/"):
        assert former(place) or not any(name.startswith("bench.commands") for name in names)
    if place is not None:
        assert not any(name.startswith("bench.tasks") for name in names)
        if place.startswith(MODELS):
            ours = {name for name in names if name.startswith("bench.")}
            assert all(name.split(".")[1] in ("cells", "nets", "baselines", "decoding", "errors") for name in ours)
        if place.startswith(REPORTING):
            assert not tops & {"torch", "hydra", "omegaconf", "pytorch_lightning", "wandb"}
            ours = {name for name in names if name.startswith("bench.")}
            assert former(place) or all(name.startswith(tuple(f"bench.{one}" for one in READ)) for name in ours)


def test_files_are_small():
    long = {file.name: lines for file in FILES if (lines := len(file.read_text().splitlines())) > 300}
    assert not long
