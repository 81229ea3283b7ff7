"""The names in a Python module: which tokens name a module, a class, a function or a parameter, by its syntax tree.

Definitions are names, and so are uses. A function: `def f`, `f(x)`, `x.f()`, `map(f, x)` where f is defined here. A class: its
definition, bases, what is caught, raised or asked of `isinstance`, builtin types, CapWords behind a dot. A parameter: in a
definition's or lambda's head, and the keyword of a call; not its uses in a body, which no line tells from a variable's. A
dotted name that begins with a module is one name of several tokens, of the kind of its last part (`os . path . join`, a
function), or the module alone where what follows is neither called nor CapWords (`socket` in `socket.AF_INET`).
"""

import ast
from collections.abc import Iterable, Sequence

from bench.data.sources.python_modules import Word, is_module
from bench.data.tags.python_scopes import (
    VARIABLE,
    Function,
    Scope,
    called_names,
    imported,
    is_class_name,
    look_up,
    parameters,
    scope_of,
)
from bench.data.tags.schemes import Span


def name_spans(tree: ast.Module, words: Sequence[Word]) -> list[Span]:
    """The names in the order of the text; `start` and `stop` count `words`."""
    namer = Namer(tree, words)
    namer.visit(tree)
    chosen: list[Span] = []
    for span in sorted(set(namer.spans), key=lambda span: (span.start, -span.stop)):
        if not chosen or span.start >= chosen[-1].stop:
            chosen.append(span)
    return chosen


class Namer(ast.NodeVisitor):
    """Walks a module and collects its names in `spans`."""

    def __init__(self, tree: ast.Module, words: Sequence[Word]) -> None:
        self.words = words
        self.at = {word.position: number for number, word in enumerate(words)}
        self.called = called_names(tree)
        self.scopes: list[Scope] = [scope_of(tree, self.called)]
        self.spans: list[Span] = []

    def mark(self, kind: str | None, start: int | None, count: int = 1) -> None:
        """`count` words from `start` are a name; a kind that is no name's, or a place that holds no word, marks nothing."""
        if kind not in (None, VARIABLE) and start is not None:
            self.spans.append(Span(kind, start, start + count))

    def word_at(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias) -> int | None:
        """The word that a node starts with."""
        return self.at.get((node.lineno, node.col_offset))

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_FunctionDef(self, node: Function) -> None:
        if (start := self.word_at(node)) is not None:
            self.mark("function", start + 1 + (self.words[start].text == "async"))
        for decorator in node.decorator_list:
            self.name(decorator, called=True)
        self.head(node)
        self.visit_all([parameter.annotation for parameter in parameters(node)] + [node.returns])
        self.scopes.append(scope_of(node, self.called))
        self.visit_all(node.body)
        self.scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.head(node)
        self.scopes.append(scope_of(node, self.called))
        self.visit(node.body)
        self.scopes.pop()

    def head(self, node: Function | ast.Lambda) -> None:
        """Parameters and their defaults."""
        for parameter in parameters(node):
            self.mark("parameter", self.word_at(parameter))
        self.visit_all([*node.args.defaults, *node.args.kw_defaults])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if (start := self.word_at(node)) is not None:
            self.mark("class", start + 1)
        for decorator in node.decorator_list:
            self.name(decorator, called=True)
        for base in node.bases:
            self.name(base, expected="class")
        self.visit_all([*node.keywords, *node.body])

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            length = 2 * alias.name.count(".") + 1
            self.alias(alias, "module", length)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and (start := self.word_at(node)) is not None:
            texts = [word.text for word in self.words[start : start + 40]]
            self.mark("module", start + 1, texts.index("import") - 1)
        for alias in node.names:
            if alias.name != "*":
                self.alias(alias, imported(node.module, alias.name, self.called), 1)

    def alias(self, node: ast.alias, kind: str, length: int) -> None:
        """An imported name of `length` words, and what it is called here."""
        start = self.word_at(node)
        self.mark(kind, start, length)
        if node.asname and start is not None:
            self.mark(kind, start + length + 1)

    def visit_Call(self, node: ast.Call) -> None:
        self.name(node.func, called=True)
        asks = isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass") and len(node.args) == 2
        if asks:
            self.visit(node.args[0])
            self.classes(node.args[1])
        else:
            self.visit_all(node.args)
        self.visit_all(node.keywords)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg:
            self.mark("parameter", self.word_at(node))
        self.visit(node.value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type:
            self.classes(node.type)
        self.visit_all(node.body)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call):
            self.name(node.exc.func, expected="class")
            self.visit_all([*node.exc.args, *node.exc.keywords])
        elif node.exc:
            self.name(node.exc, expected="class")
        self.visit_all([node.cause])

    def classes(self, node: ast.expr) -> None:
        """An expression, or a tuple of them, that stands for classes."""
        for expression in node.elts if isinstance(node, ast.Tuple) else [node]:
            self.name(expression, expected="class")

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.name(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.name(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A string is one word, whatever is in it."""

    def name(self, node: ast.expr, *, called: bool = False, expected: str | None = None) -> None:
        """A use of a name: called, or where a class is `expected`, or neither."""
        if isinstance(node, ast.Name):
            self.mark(self.kind(node.id, called, expected), self.word_at(node))
        elif isinstance(node, ast.Attribute):
            dotted = _dotted(node)
            start = self.word_at(node)
            if dotted and start is not None and look_up(dotted[0], self.scopes) == "module":
                self.from_module(dotted, start, called, expected)
                return
            self.visit(node.value)
            last = self.at.get((node.end_lineno or 0, (node.end_col_offset or 0) - len(node.attr.encode())))
            self.mark(_kind_behind_dot(node.attr, called, expected), last)
        else:
            self.visit(node)

    def kind(self, name: str, called: bool, expected: str | None) -> str | None:
        """What a bare name is. A variable is no name unless it is called; nor a class where one is wanted."""
        scoped = look_up(name, self.scopes)
        if expected and scoped != VARIABLE:
            return expected
        if called and scoped in (None, VARIABLE, "module"):
            return "class" if is_class_name(name) else "function"
        return scoped

    def from_module(self, dotted: Sequence[str], start: int, called: bool, expected: str | None) -> None:
        """A dotted name that begins with a module."""
        modules = 1
        while modules < len(dotted) and is_module(".".join(dotted[: modules + 1])):
            modules += 1
        if modules == len(dotted):
            self.mark("module", start, 2 * modules - 1)
        elif kind := _kind_behind_dot(dotted[-1], called, expected):
            self.mark(kind, start, 2 * len(dotted) - 1)
        else:
            self.mark("module", start, 2 * modules - 1)


def _kind_behind_dot(name: str, called: bool, expected: str | None) -> str | None:
    if expected or is_class_name(name):
        return "class"
    return "function" if called else None


def _dotted(node: ast.expr) -> list[str]:
    """The parts of `a.b.c`; empty for any other expression before the dots."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return [*before, node.attr]
    return []
