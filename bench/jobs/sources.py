"""Digests of source code: of what a run used, which its record keeps, and of a plugin, which names its runs.

A digest is taken over syntax trees, without comments, docstrings, types and layout, so it is the same for every Python version
and says whether another line is computed. It is provenance: the suite's own runs are named by versions (`bench.jobs.identity`).
"""

import ast
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path


def code_digest(modules: Iterable[str]) -> str:
    """Digest of the modules and of all that they import from their own packages: 16 hexadecimal digits."""
    return _digest_of(tuple(sorted(set(modules))))


@cache
def _digest_of(modules: tuple[str, ...]) -> str:
    trees: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in trees:
            trees[name], imported = _read_module(name)
            waiting.extend(imported)
    return hashlib.sha256(json.dumps(trees, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _read_module(name: str) -> tuple[str, tuple[str, ...]]:
    """Digest of one module's tree, and what it imports from its own package."""
    source = _source(name)
    assert source is not None, name
    tree = ast.parse(source.read_text(encoding="utf-8"))
    package = name if source.name == "__init__.py" else name.rpartition(".")[0]
    return tree_digest(tree), tuple(sorted(set(_imports(tree, package, name.split(".")[0]))))


def tree_digest(tree: ast.AST) -> str:
    """Digest of a syntax tree without what computes nothing: docstrings, positions, annotations of functions, protocols."""
    return hashlib.sha256(json.dumps(_plain(tree)).encode()).hexdigest()


def _plain(node: object) -> object:
    if isinstance(node, ast.AST):
        block = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        fields = {
            name: list(map(_plain, _computing(value))) if block and name == "body" else _plain(value)
            for name, value in ast.iter_fields(node)
            if (value not in (None, []) or (block and name == "body")) and name not in ("annotation", "returns", "type_params")
        }
        if isinstance(node, ast.AnnAssign):  # in a dataclass the annotation makes the field, whatever it says
            fields["annotation"] = "annotated"
        return [type(node).__name__, fields]
    if isinstance(node, list):
        return [_plain(part) for part in node]
    return repr(node)


def _computing(lines: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The lines of a block but for docstrings and protocols."""
    return (line for line in lines if not (_is_docstring(line) or _is_protocol(line)))


def _is_docstring(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _is_protocol(line: ast.stmt) -> bool:
    return isinstance(line, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in line.bases)


def _imports(tree: ast.AST, package: str, top: str) -> Iterator[str]:
    """The modules of the package `top` that a module of `package` imports; those for type checking alone do not count."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == top)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names = (module, *(f"{module}.{alias.name}" for alias in node.names))
            yield from (name for name in names if name.split(".")[0] == top and _source(name) is not None)
        else:
            yield from _imports(node, package, top)


@cache
def _source(name: str) -> Path | None:
    """The file of a module, which is not imported for that; None for what is no module, and a folder without `__init__.py`."""
    top, *rest = name.split(".")
    package = importlib.util.find_spec(top)
    if package is None or package.origin is None:
        return None
    folders = [Path(folder) for folder in package.submodule_search_locations or []]
    if not rest:
        return Path(package.origin)
    endings = (Path(*rest, "__init__.py"), Path(*rest).with_suffix(".py"))
    return next((folder / ending for folder in folders for ending in endings if (folder / ending).is_file()), None)
