"""Imports go one way, from room to room and from file to file; a library has its rooms and is imported nowhere else."""

import ast

import house
import pytest

ORDER = [
    "__main__",
    "commands",
    "help",
    "sweeps",
    "probes",
    "speed",
    "jobs",
    "training",
    "report",
    "compare",
    "tasks",
    "config",
    "task",
    "tracking",
    "tables",
    "baselines",
    "data.text",
    "data.vectors",
    "data.pairs",
    "data.frames",
    "data.music",
    "metrics",
    "nets",
    "nets.parts",
    "decoding",
    "data.tags",
    "data.classes",
    "data.series",
    "data.sources",
    "data.batches",
    "data",
    "figures",
    "cells",
    "cells.scan",
    "word_vectors",
    "clusters",
    "records",
    "stats",
    "terminal",
    "build",
    "plugins",
    "moved",
    "settings",
    "errors",
    "bench",
]
"""Every room, from the top of the house down: it imports only from rooms behind it."""
HOMES = {
    "hydra": ("__main__", "config", "sweeps", "report", "jobs.stored_config"),
    "omegaconf": ("__main__", "config", "sweeps", "report.commands", "jobs.stored_config", "jobs.ranks"),
    "pytorch_lightning": ("training", "jobs.fit", "tracking.loggers"),
    "wandb": ("tracking",),
    "wandb_workspaces": ("tracking",),
    "datasets": ("data.sources",),
    "ray": ("clusters",),
    "submitit": ("clusters",),
    "torch": (
        *("probes", "speed", "jobs", "training", "tasks", "config", "task", "baselines", "metrics", "nets", "decoding", "data"),
        *("cells", "commands", "sweeps", "records.machine", "word_vectors"),
    ),
}
"""Where a library may be imported."""
MODELS = ("cells", "cells.scan", "nets", "nets.parts", "baselines", "decoding", "word_vectors", "settings", "errors")
"""Rooms that work with torch alone, and with one another."""

FILES = house.files()
ARROWS = house.modules_imported()


def room(module):
    return house.room_of(module, FILES).removeprefix("bench.")


def test_every_room_has_its_place():
    assert sorted({room(module) for module in FILES}) == sorted(ORDER)


@pytest.mark.parametrize("module", sorted(FILES))
def test_imports_go_down(module):
    above = {name for name in ARROWS[module] if ORDER.index(room(name)) < ORDER.index(room(module))}
    assert not above


def test_no_file_imports_itself_by_way_of_others():
    assert house.cycles(ARROWS) == []


@pytest.mark.parametrize("module", sorted(FILES))
def test_libraries_have_their_rooms(module):
    tops = {name.split(".")[0] for name in house.imported(FILES[module], module)}
    inside = f"{module.removeprefix('bench.')}."
    for library, rooms in HOMES.items():
        assert library not in tops or inside.startswith(tuple(f"{room}." for room in rooms)), library


def test_models_need_nothing_but_torch():
    for module, names in ARROWS.items():
        if room(module) in MODELS:
            assert {room(name) for name in names} <= set(MODELS), module


def test_files_are_small():
    assert not {module: lines for module, path in FILES.items() if (lines := len(path.read_text().splitlines())) > 300}


def test_no_function_takes_more_than_six_arguments():
    """What belongs together is one argument: `bench.settings`."""
    many = {}
    for module, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                names = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]} - {"self", "cls"}
                if len(names) > 6:
                    many[f"{module}.{node.name}"] = names
    assert not many


@pytest.mark.parametrize(
    ("graph", "cycles", "height"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, [], 2),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}, [["b", "c"]], 2),
    ],
)
def test_the_plan_sees_cycles_and_floors(graph, cycles, height):
    assert house.cycles(graph) == cycles
    assert max(house.floors(graph).values()) == height
