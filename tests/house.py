"""The plan of the house, read from its imports: rooms, floors, arrows and cycles. `python tests/house.py [FOLDER]` prints them.

A room is a folder of `bench` (or of it, `tasks`), or a file that lies loose in `bench`; what only opens a command is a door,
and all doors are one room. An arrow is a pair of rooms of which one
imports the other, anywhere in a file, for types too. The floor of a room is the longest way down from it; rooms of one cycle
share a floor.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def files(root: Path = ROOT) -> dict[str, Path]:
    """Every file by the name of its module."""
    return {_module(path.relative_to(root)): path for top in ("bench", "tasks") for path in sorted((root / top).rglob("*.py"))}


def _module(path: Path) -> str:
    parts = [*(() if path.parts[0] == "bench" else ("bench",)), *path.with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, module: str) -> Iterator[str]:
    """Dotted names that a file imports, also inside functions: modules, and what is taken from them."""
    package = module.split(".")[: None if path.name == "__init__.py" else -1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from (source, *(f"{source}.{alias.name}" for alias in node.names))


def modules_imported(root: Path = ROOT) -> dict[str, set[str]]:
    """module -> the modules of the suite that it imports; a package counts where something of its own `__init__` is taken."""
    paths = files(root)
    imports = {}
    for module, path in paths.items():
        names = set(imported(path, module)) & set(paths)
        imports[module] = {
            name for name in names if name != module and not any(other.startswith(f"{name}.") for other in names)
        }
    return imports


def room_of(module: str, paths: dict[str, Path]) -> str:
    path = paths[module]
    if path.name == "__main__.py" or set(imported(path, module)) == {"bench.commands", "bench.commands.former"}:
        return "bench.__main__"
    if path.name == "__init__.py":
        return module
    package = module.rpartition(".")[0]
    return module if package == "bench" else package


def arrows(root: Path = ROOT) -> dict[str, set[str]]:
    """room -> the rooms that it imports."""
    paths = files(root)
    rooms: dict[str, set[str]] = {room_of(module, paths): set() for module in paths}
    for module, names in modules_imported(root).items():
        rooms[room_of(module, paths)] |= {room_of(name, paths) for name in names}
    return {room: others - {room} for room, others in rooms.items()}


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of more than one node in which each reaches each other."""
    reach = {node: _reached(graph, node) for node in graph}
    groups = {tuple(sorted(other for other in reach[node] if node in reach[other])) for node in graph if node in reach[node]}
    return sorted(map(list, groups))


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(graph[node])
    return reached


def floors(graph: dict[str, set[str]]) -> dict[str, int]:
    """room -> its floor, 0 for a room that imports none."""
    together = {node: frozenset(group) for group in cycles(graph) for node in group}
    floor_of: dict[str, int] = {}

    def floor(node: str) -> int:
        if node not in floor_of:
            group = together.get(node, frozenset([node]))
            below = {other for member in group for other in graph[member]} - group
            height = 1 + max(map(floor, below), default=-1)
            floor_of.update(dict.fromkeys(group, height))
        return floor_of[node]

    for node in graph:
        floor(node)
    return floor_of


def main(root: Path) -> None:
    graph = arrows(root)
    heights = floors(graph)
    for height in range(max(heights.values()), -1, -1):
        print(f"{height:3d}  {', '.join(sorted(room.removeprefix('bench.') for room in graph if heights[room] == height))}")
    print(
        f"{len(graph)} rooms, {max(heights.values()) + 1} floors, {sum(map(len, graph.values()))} arrows, "
        f"{len(cycles(graph))} cycles of rooms, {len(cycles(modules_imported(root)))} of files"
    )
    for group in cycles(graph):
        print("cycle:", ", ".join(group))
        members = set(group)
        for module, names in modules_imported(root).items():
            for name in names:
                ends = room_of(module, files(root)), room_of(name, files(root))
                if set(ends) <= members and ends[0] != ends[1]:
                    print(f"   {module} -> {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT)
