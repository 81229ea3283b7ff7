"""The digest of sources: provenance that sees formulas and not words."""

import ast
import sys

from bench.jobs.sources import code_digest, tree_digest


def test_digest_ignores_words_and_sees_formulas():
    code = 'def f(x):\n    """Says."""\n    return x + 1  # why\n'
    reworded = 'def f(x):\n\n    """Says more."""\n    return (x +\n 1)\n'
    changed = code.replace("+ 1", "+ 2")
    digests = [tree_digest(ast.parse(text)) for text in (code, reworded, changed)]
    assert digests[0] == digests[1] != digests[2]


def test_digest_ignores_types_and_sees_fields():
    code = "class A:\n    x: int\n    def f(self, y: int) -> int:\n        return y\n"
    retyped = code.replace("int", "float") + "class B(Protocol):\n    def g(self): ...\n"
    changed = code.replace("x: int", "z: int")
    digests = [tree_digest(ast.parse(text)) for text in (code, retyped, changed)]
    assert digests[0] == digests[1] != digests[2]


def test_a_digest_follows_what_a_package_imports_of_itself(tmp_path, monkeypatch):
    package = tmp_path / "lent"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cell.py").write_text("from .formula import f\nimport json\n")
    (package / "formula.py").write_text("def f(x):\n    return x\n")
    (package / "other.py").write_text("def g(x):\n    return x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    digest = fresh("lent.cell")
    (package / "other.py").write_text("def g(x):\n    return x + 1\n")
    assert fresh("lent.cell") == digest
    (package / "formula.py").write_text("def f(x):\n    return x + 1\n")
    assert fresh("lent.cell") != digest
    assert "lent.formula" not in sys.modules


def fresh(module):
    from bench.jobs import sources

    sources._digest_of.cache_clear()
    sources._read_module.cache_clear()
    return code_digest([module])
