"""The lists of the pages: what conf/ offers, what cells say of themselves, what records say; and the cells' numbers, which say
their colours.

`python tests/inventory.py` writes them anew.

A list stands between two marks, `<!-- cells: ... -->` and `<!-- end -->`. What it says of a file is the first sentence of the
file's comment; what a task reads, and which models are for it, the classes say.
"""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import choices  # noqa: E402

from bench.config.schema import folder  # noqa: E402
from bench.records import record_files  # noqa: E402
from bench.tables.looks import NUMBERS  # noqa: E402
from bench.tables.solved import SOLVED  # noqa: E402

PAGES = ("README.md", "conf/README.md", "tasks/README.md", "bench/cells/README.md")
KEY = r"\+?[\w.]+=[\w/]+(?:,[\w/]+)*"
MARKED = re.compile(r"(<!-- (\w+): .*? -->\n)(.*?)(<!-- end -->)", re.S)


def cells() -> str:
    return table(("`cell=`", "what it is"), ((code(name), first_sentence("cell", name)) for name in choices.names("cell")))


def names() -> str:
    """The cells in one paragraph."""
    return f"{code(*choices.names('cell'))}.\n"


def equations() -> str:
    """A section a cell: what its module says first, down to the source of its equation."""
    options: dict[str, list[str]] = {}
    for name in choices.names("cell"):
        options.setdefault(choices.option_class("cell", name).__module__, []).append(name)
    return "\n".join(
        f"### {code(*names_of_module)}\n\n{described(import_module(module).__doc__ or '')}\n"
        for module, names_of_module in options.items()
    )


def described(docstring: str) -> str:
    """A docstring's title, its equation as a block of code, and the paragraph after it, where the source stands."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    first = next(index for index, paragraph in enumerate(paragraphs) if paragraph.startswith("    "))
    last = next(index for index in range(first, len(paragraphs)) if not paragraphs[index].startswith("    "))
    return "\n\n".join(paragraphs[: last + 1])


def overview() -> str:
    """The tasks, briefly, those of the same data and nets in one row: the data and the nets of each, its own first."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name in choices.names("task"):
        rows.setdefault((brief(readable(name)), brief(fitting(name))), []).append(name)
    return table(
        ("`task=`", "what is asked", "`data=`", "`model=`"),
        (
            (code(*alike), joined(first_sentence("task", name) for name in alike), data, nets)
            for (data, nets), alike in rows.items()
        ),
    )


def joined(sentences: Iterable[str]) -> str:
    first, *others = sentences
    return "; ".join([first, *(other[0].lower() + other[1:] for other in others)])


def brief(options: list[str]) -> str:
    """The first of several options, and how many there are."""
    return f"{code(*options[:2])} and {len(options) - 2} more" if len(options) > 3 else code(*options)


def tasks() -> str:
    heads = ("`task=`", "what is asked", "`data=` that it reads, its own first", "`model=` that are for it, its own first")
    return table(
        heads,
        (
            (code(name), first_sentence("task", name), code(*readable(name)), code(*fitting(name)))
            for name in choices.names("task")
        ),
    )


def data() -> str:
    return table(
        ("`data=`", "what it is", "from"),
        ((code(name), first_sentence("data", name), source(name)) for name in choices.names("data")),
    )


def strategies() -> str:
    return table(
        ("`decode=`", "what is found"), ((code(name), first_sentence("decode", name)) for name in choices.names("decode"))
    )


def sweeps() -> str:
    sweeps_folder = folder() / "sweep"
    names = sorted(
        (file.relative_to(sweeps_folder).with_suffix("").as_posix() for file in sweeps_folder.rglob("[!_]*.yaml")),
        key=lambda name: ("/" in name, name),
    )
    return table(("`+sweep=`", "what it compares"), ((code(name), first_sentence("sweep", name)) for name in names))


def lengths() -> str:
    """The longest sequences on which all seeds of a cell reach SOLVED, from the records of results/long_term."""
    reached: dict[tuple[str, int], list[float]] = {}
    for record in record_files.read_all(ROOT / "results" / "long_term"):
        cell_and_length = record.config["cell"]["name"], record.config["data"]["length"]
        reached.setdefault(cell_and_length, []).append(record.metrics["test"]["accuracy"]["value"])
    longest = {name: 0 for name, _ in reached}
    for (name, length), accuracies in reached.items():
        if min(accuracies) >= SOLVED:
            longest[name] = max(longest[name], length)
    rows = sorted(longest.items(), key=lambda row: (row[1], row[0]))
    return table(
        ("cell", "longest sequence solved"), ((code(name), f"{length}" if length else "none") for name, length in rows)
    )


LISTS: dict[str, Callable[[], str]] = {
    write_list.__name__: write_list
    for write_list in (
        cells,
        names,
        equations,
        overview,
        tasks,
        data,
        strategies,
        sweeps,
        lengths,
    )
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, ("---",) * len(heads), *rows))


def code(*names: str) -> str:
    return ", ".join(f"`{name}`" for name in names)


def first_sentence(group: str, name: str) -> str:
    """The first sentence of a file's comment, without its full stop and the name of a source file."""
    lines = (folder() / group / f"{name}.yaml").read_text(encoding="utf-8").removeprefix("# @package _global_\n").splitlines()
    comment = " ".join(line.removeprefix("#").strip() for line in leading(lines))
    sentence = re.split(r"(?<! al)\.(?=\s+[A-Z\d]|$)| \(bench/", comment, maxsplit=1)[0]
    if not sentence:
        raise SystemExit(
            f"conf/{group}/{name}.yaml says nothing of itself: begin it with a comment, of which the first sentence is listed."
        )
    return re.sub(rf"{KEY}(?: {KEY})*|<\w+>", r"`\g<0>`", sentence)


def leading(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("#"):
            return
        yield line


def default_of(task: str, group: str) -> str:
    """What the task's file chooses of a group, or config.yaml where it chooses nothing."""
    chosen: dict[str, str] = {}
    for path in (folder() / "config.yaml", folder() / "task" / f"{task}.yaml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]:
            if isinstance(entry, dict):
                chosen |= {key.removeprefix("override /"): value for key, value in entry.items()}
    return chosen[group]


def readable(task: str) -> list[str]:
    return own_first(
        default_of(task, "data"), choices.of_class("data", get_type_hints(choices.option_class("task", task).__init__)["data"])
    )


def fitting(task: str) -> list[str]:
    topology = choices.option_class("task", task).topology
    models = ((name, choices.option_class("model", name)) for name in choices.names("model"))
    return own_first(
        default_of(task, "model"), [name for name, net in models if net is not None and topology in net.topologies]
    )


def own_first(first: str, names: list[str]) -> list[str]:
    return [first, *(name for name in names if name != first)]


def source(name: str) -> str:
    """Where a data set comes from: what its places are, files that are still to be named, or itself."""
    node: dict[str, Any] = choices.node("data", name)
    for further in node.get("defaults", ()):
        node = choices.node("data", further) | node
    places = node.get("places", node)
    if places.get("offline"):
        return "offline"
    web = "a download" if "url" in (places.get("hub") or {}) else "the hub"
    origins = [origin for key, origin in (("files", "a folder"), ("hub", web)) if places.get(key)]
    yours = "places" in node or None in (node.get("train", ""), node.get("path", ""))
    return " or ".join(origins) or ("files of yours" if yours else "offline")


def current(page: str) -> str:
    """The page with its lists as they are today."""
    return MARKED.sub(lambda match: f"{match[1]}\n{LISTS[match[2]]()}\n{match[4]}", (ROOT / page).read_text(encoding="utf-8"))


def cell_numbers() -> dict[str, int]:
    """Those that the cells have, and the next ones for new cells; a number is never given twice."""
    numbers: dict[str, int] = json.loads(NUMBERS.read_text(encoding="utf-8"))
    for name in choices.names("cell"):
        numbers.setdefault(name, 1 + max(numbers.values(), default=-1))
    return numbers


if __name__ == "__main__":
    NUMBERS.write_text(json.dumps(cell_numbers(), indent=1) + "\n", encoding="utf-8")
    for page in PAGES:
        (ROOT / page).write_text(current(page), encoding="utf-8")
