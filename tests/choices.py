"""What conf/ offers and what its classes say of themselves, so that a test over all of it needs no list of names."""

from collections.abc import Callable
from functools import partial
from typing import Any

import yaml

from bench.build import class_of, locate
from bench.cells.cell import Cell
from bench.config.schema import folder
from bench.decoding.kinds import Decoded

MakeCell = Callable[[int, int], Cell]
NODES = {"task": "task", "model": "net"}
"""Groups whose files set several nodes: the one that names the class."""


def names(group: str) -> list[str]:
    """The options of a group, as in `cell=NAME`."""
    return sorted(file.stem for file in (folder() / group).glob("*.yaml"))


def node(group: str, name: str) -> dict[str, Any]:
    """What a file says of its class: `_target_`, and the arguments that are set there."""
    content: dict[str, Any] = yaml.safe_load((folder() / group / f"{name}.yaml").read_text(encoding="utf-8"))
    return content[NODES[group]] if group in NODES else content


def option_class(group: str, name: str) -> Any:
    """The class of an option; None of a model that only changes another one's settings."""
    target = node(group, name).get("_target_")
    return None if target is None else class_of(target, key=NODES.get(group, group))


def of_class(group: str, base: type) -> list[str]:
    """The options whose class is derived from `base`."""
    return [name for name in names(group) if issubclass(option_class(group, name), base)]


def settings(name: str) -> dict[str, Any]:
    """What conf/cell/NAME.yaml hands to its class."""
    return {key: value for key, value in node("cell", name).items() if key not in ("name", "_target_")}


def cells() -> dict[str, tuple[Callable[..., Cell], dict[str, Any]]]:
    """(class, settings) of each file of conf/cell/, and of each of its class's variants that differ from it, by name."""
    by_name = {}
    for name in names("cell"):
        made_by, chosen = locate(node("cell", name)["_target_"], key="cell"), settings(name)
        changes = [change for change in option_class("cell", name).variants if chosen | change != chosen]
        for change in ({}, *changes):
            words = [name, *(f"{key}={value}" for key, value in change.items())]
            by_name["-".join(words)] = (made_by, chosen | change)
    return by_name


def maker(name: str, **changes: Any) -> MakeCell:
    """make_cell(input_size, hidden_size) -> the cell of conf/cell/NAME.yaml, with changes of its settings."""
    return partial(locate(node("cell", name)["_target_"], key="cell"), **settings(name) | changes)


def one_of_each_state() -> list[str]:
    """A cell for every kind of state that there is: by its leaves, whether it is read at all, and how far back."""
    cell_of_kind: dict[tuple[Any, ...], str] = {}
    for name in names("cell"):
        cell = option_class("cell", name)
        cell_of_kind.setdefault((*(leaf.kind for leaf in cell.state_leaves), cell.looks_back, cell.has_memory), name)
    return sorted(cell_of_kind.values())


def ways_to_write() -> list[list[str]]:
    """Overrides for every way to decode text; one that draws is sharpened, so that it writes what was learnt."""
    overrides = []
    for name in strategies(Decoded.TEXT):
        sharpened = ["decode.temperature=0.1"] if "temperature" in node("decode", name) else []
        overrides.append([f"decode={name}", *sharpened])
    return overrides


def strategies(kind: Decoded) -> list[str]:
    """The ways to decode text, or tags."""
    return [name for name in names("decode") if option_class("decode", name).decodes is kind]
