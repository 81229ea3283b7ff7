"""What a bare name of a Python module stands for where it is used: module, class, function, or none of them.

Decided from the syntax tree alone, nothing is imported: what is defined in the file is known; of what it imports, a submodule
is known by its file, a class by its CapWords spelling, a function by being called somewhere in the file. Builtins are asked
of the running Python. A name that a function binds (a parameter, a variable) is not the outer one.
"""

import ast
import builtins
import re
from collections.abc import Iterator

from bench.data.sources.python_modules import is_module

CAP_WORDS = re.compile(r"_*[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
VARIABLE = "variable"
Scope = dict[str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_class_name(name: str) -> bool:
    return CAP_WORDS.fullmatch(name) is not None


def called_names(tree: ast.AST) -> set[str]:
    """Bare names that are called anywhere, decorators among them."""
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    heads = [node for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)]
    return calls | {decorator.id for head in heads for decorator in head.decorator_list if isinstance(decorator, ast.Name)}


def imported(module: str | None, name: str, called: set[str]) -> str:
    """What `from module import name` brings."""
    if module and is_module(f"{module}.{name}"):
        return "module"
    if is_class_name(name):
        return "class"
    return "function" if name in called else VARIABLE


def parameters(node: Function | ast.Lambda) -> list[ast.arg]:
    """All parameters of a function in any order."""
    signature = node.args
    single = [variadic for variadic in (signature.vararg, signature.kwarg) if variadic]
    return [*signature.posonlyargs, *signature.args, *signature.kwonlyargs, *single]


def scope_of(owner: ast.Module | Function | ast.Lambda, called: set[str]) -> Scope:
    """The names that a module or a function binds. An import or a definition outweighs an assignment beside it."""
    variables: Scope = {}
    kinds: Scope = {}
    outer: set[str] = set()
    for node in _nodes_of(owner):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            variables[node.id] = VARIABLE
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            variables[node.name] = VARIABLE
        elif isinstance(node, Function):
            kinds[node.name] = "function"
        elif isinstance(node, ast.ClassDef):
            kinds[node.name] = "class"
        elif isinstance(node, ast.Import):
            kinds |= {alias.asname or alias.name.split(".")[0]: "module" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            kinds |= {alias.asname or alias.name: imported(node.module, alias.name, called) for alias in node.names}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            outer |= set(node.names)
    if isinstance(owner, ast.Module):
        variables |= {name: "class" for name in variables if is_class_name(name)}
    else:
        variables |= {parameter.arg: VARIABLE for parameter in parameters(owner)}
    return {name: kind for name, kind in (variables | kinds).items() if name not in outer}


def _nodes_of(owner: ast.AST) -> Iterator[ast.AST]:
    """The nodes under `owner` that are not inside a function or a class of its own."""
    for node in ast.iter_child_nodes(owner):
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            yield from _nodes_of(node)


def look_up(name: str, scopes: list[Scope]) -> str | None:
    """module, class, function, variable; None for a name that nothing here binds."""
    for scope in reversed(scopes):
        if name in scope:
            return scope[name]
    builtin = getattr(builtins, name, None)
    if isinstance(builtin, type):
        return "class"
    return "function" if callable(builtin) else None
