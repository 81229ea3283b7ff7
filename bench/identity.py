"""What makes two runs the same: `train_id` over everything that changes trained weights, `run_id` over it and the decoding.

The code digest is taken over the syntax trees, without comments, docstrings, types and layout, of the modules that a run's
training uses: those that its configuration names, the learner and the trainer, and all that they import from `bench` and
`tasks` (imports for type checking only do not count). What a class does after training (`AFTER`), and what is imported for
that alone, belongs to the run_id; what carries a training over an interruption (`RESUMING`) changes no weights and belongs
nowhere. So a reworded comment, a new table or another sample changes no weights' identity; a changed formula changes the
identity of exactly the runs that use it.
"""

import ast
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TRAINING = ("bench.assemble", "bench.learner", "bench.training")
EVALUATION = ("bench.evaluate",)
AFTER = frozenset(
    {
        "outputs",
        "splits",
        "score_loader",
        "describe_data",
        "vocabulary",
        "decode_batches",
        "decode_batch",
        "restore",
        "check_strategy",
        "longest_text",
    }
)
RESUMING = frozenset({"snapshot", "resume_from"})
TRAINER_KEYS = ("epochs", "max_steps", "batch_size", "validate_every_steps", "patience", "precision", "devices", "nodes")


def train_id(config: Mapping[str, Any], *, data_sha256: str, code: str) -> str:
    """Identity of the trained weights of a plain configuration, by `training_digest` of it: 16 hexadecimal digits."""
    content = {
        "data_sha256": data_sha256,
        **{key: config[key] for key in ("task", "cell", "net", "optimiser", "seed")},
        "stack": {**config["stack"], "parameters": None},  # the units that came of it are there
        "trainer": {key: config["trainer"][key] for key in TRAINER_KEYS},
        "code": code,
    }
    return digest(content)


def training_digest(config: Mapping[str, Any]) -> str:
    """Digest of the code that trains this configuration."""
    named = (_module(config[name]["_target_"]) for name in ("task", "data", "cell", "net"))
    return code_digest((*TRAINING, *named), leave_out=AFTER | RESUMING)


def run_id(config: Mapping[str, Any], *, trained: str) -> str:
    """Identity of a run: the trained weights, how they are decoded, and how they are evaluated."""
    content = {
        "train_id": trained,
        "decode": config["decode"],
        "evaluation": config["evaluation"],
        "code": code_digest((*EVALUATION, *(_module(config[name]["_target_"]) for name in ("task", "decode")))),
    }
    return digest(content)


def code_digest(modules: Iterable[str], leave_out: frozenset[str] = frozenset()) -> str:
    """Digest of the modules and of what they import from `bench` and `tasks`, independent of the Python version.

    Methods called as in `leave_out`, and imports that nothing else uses, do not count.
    """
    seen: dict[str, str] = {}
    waiting = sorted(set(modules))
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen[name], imported = _read(name, leave_out)
        waiting.extend(imported)
    return digest(seen)


def _module(target: str) -> str:
    return target.rpartition(".")[0]


def digest(content: object) -> str:
    """16 hexadecimal digits of what JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _read(name: str, leave_out: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Digest of one module's tree, and the modules of `bench` and `tasks` that it imports."""
    source = _source(name)
    assert source is not None, name
    tree = ast.parse(source.read_text(encoding="utf-8"))
    if leave_out:
        tree = without(tree, leave_out, keep_imports=source.name == "__init__.py")
    return tree_digest(tree), tuple(sorted(set(_imports(tree))))


def without(tree: ast.Module, methods: frozenset[str], *, keep_imports: bool) -> ast.Module:
    """The tree less these methods of its classes, and less the names imported that it then does not use."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [line for line in node.body if not (isinstance(line, ast.FunctionDef) and line.name in methods)]
    if keep_imports:
        return tree
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [name for name in node.names if (name.asname or name.name).split(".")[0] in used]
    tree.body = [line for line in tree.body if not (isinstance(line, ast.Import | ast.ImportFrom) and not line.names)]
    return tree


def tree_digest(tree: ast.AST) -> str:
    """Digest of a syntax tree without what computes nothing: docstrings, positions, annotations of functions, protocols."""
    return hashlib.sha256(json.dumps(_plain(tree)).encode()).hexdigest()


def _plain(node: object) -> object:
    if isinstance(node, ast.AST):
        fields = {
            name: _plain(value)
            for name, value in ast.iter_fields(node)
            if value not in (None, []) and name not in ("annotation", "returns", "type_params")
        }
        if isinstance(node, ast.AnnAssign):  # in a dataclass the annotation makes the field, whatever it says
            fields["annotation"] = "annotated"
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            fields["body"] = [_plain(line) for line in node.body if not (_is_docstring(line) or _is_protocol(line))]
        return [type(node).__name__, fields]
    if isinstance(node, list):
        return [_plain(part) for part in node]
    return repr(node)


def _is_docstring(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _is_protocol(line: ast.stmt) -> bool:
    return isinstance(line, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in line.bases)


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _ours(node.module):
            names = (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            yield from (name for name in names if _source(name) is not None)
        else:
            yield from _imports(node)


def _ours(name: str) -> bool:
    return name.split(".")[0] in ("bench", "tasks")


@cache
def _source(name: str) -> Path | None:
    """The file of a module, which is not imported for that; None for what is no module, and a folder without `__init__.py`."""
    top, *rest = name.split(".")
    package = importlib.util.find_spec(top)
    assert package is not None and package.origin is not None, name
    place = Path(package.origin).parent.joinpath(*rest)
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)
