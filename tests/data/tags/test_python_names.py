import ast
import sys
from collections import Counter, defaultdict

import pytest

from bench.data.sources.python_modules import MODULES, TEXT, source, split_of, words_of
from bench.data.tags.python_names import LINES, LONGEST, SHORTEST, sentences
from bench.data.tags.python_spans import name_spans
from bench.data.tags.schemes import spans


def names(text):
    """(kind, name) of each name of a piece of Python, in order."""
    words = words_of(text)
    name_positions = name_spans(ast.parse(text), words)
    return [(span.kind[0], " ".join(word.text for word in words[span.start : span.stop])) for span in name_positions]


@pytest.fixture(scope="module")
def data(request):
    from omegaconf import OmegaConf

    from bench.build import build
    from bench.config.schema import folder

    node = OmegaConf.to_container(OmegaConf.load(folder() / "data" / "python_names.yaml"), resolve=True)
    return build(node, key="data", given={"name": "python_names", "folder": None})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os.path, re as r", [("m", "os . path"), ("m", "re"), ("m", "r")]),
        ("from xml.dom import minidom as m, Node", [("m", "xml . dom"), ("m", "minidom"), ("m", "m"), ("c", "Node")]),
        ("from . import x\nfrom .y import *", [("m", ". y")]),
        ("from a import f, g\nf(g)", [("m", "a"), ("f", "f"), ("f", "f")]),
        ("import os\nos.path.join(a, os.sep)", [("m", "os"), ("f", "os . path . join"), ("m", "os")]),
        ("import io\nx = io.StringIO\nio.x.y", [("m", "io"), ("c", "io . StringIO"), ("m", "io")]),
        ("import re\ndef f(re): return re.x()", [("m", "re"), ("f", "f"), ("p", "re"), ("f", "x")]),
        (
            "async def f(a, /, b=c, *d, e: int = 1, **g) -> str: pass",
            [("f", "f"), ("p", "a"), ("p", "b"), ("p", "d"), ("p", "e"), ("c", "int"), ("p", "g"), ("c", "str")],
        ),
        ("f(a, b=c, **d)", [("f", "f"), ("p", "b")]),
        ("lambda x, y=z: x", [("p", "x"), ("p", "y")]),
        (
            "class A(B, metaclass=M):\n  def f(self): pass\nA().f",
            [("c", "A"), ("c", "B"), ("p", "metaclass"), ("f", "f"), ("p", "self"), ("c", "A")],
        ),
        ("x.y.z(1)\nx.Yy", [("f", "z"), ("c", "Yy")]),
        ("def f(): pass\nmap(f, x)", [("f", "f"), ("c", "map"), ("f", "f")]),
        ("def f(): pass\ndef g(f): return [f]", [("f", "f"), ("f", "g"), ("p", "f")]),
        ("def g():\n  global len\n  len = 1\n  max = 2\n  return len, max", [("f", "g"), ("f", "len")]),
        ("import socket\ntry: pass\nexcept (socket.error, e): raise", [("m", "socket"), ("c", "socket . error"), ("c", "e")]),
        ("isinstance(x, (int, y))\nlen(x, int)", [("f", "isinstance"), ("c", "int"), ("c", "y"), ("f", "len"), ("c", "int")]),
        ("def f(e):\n  raise e\nraise stop(x=1) from e", [("f", "f"), ("p", "e"), ("c", "stop"), ("p", "x")]),
        ("@a.b\n@property\ndef f(): pass", [("f", "b"), ("c", "property"), ("f", "f")]),
        ('é = "é"; g(é); h(1)', [("f", "g"), ("f", "h")]),
        ("x = (a\n  .b(c)\n  .d())", [("f", "b"), ("f", "d")]),
    ],
)
def test_what_is_a_name(text, expected):
    assert names(text) == expected


def test_strings_are_one_word_and_comments_none():
    text = 'x = "a" \'b\'  # c\ny = f"{g(1)}" "z" + \\\n  """d\ne"""\nz = f(\n  1)'
    assert [word.text for word in words_of(text)] == f"x = {TEXT} y = {TEXT} + {TEXT} z = f ( 1 )".split()
    assert [word.line for word in words_of(text)] == [0] * 3 + [1] * 5 + [2] * 6
    assert names(text) == [("f", "f")]


def test_a_sentence_is_a_logical_line():
    rows = list(sentences("def f(a,\n      b):  # c\n    '''d'''\n    return a\n\nf(1, b=2)\n"))
    assert [" ".join(row.words) for row in rows] == ["def f ( a , b ) :", "f ( 1 , b = 2 )"]
    assert rows[1].tags == ("B-function", "O", "O", "O", "B-parameter", "O", "O", "O")


def test_the_size_and_the_description(data):
    sizes = data.description["splits"]
    assert sizes["train"] > 2500 and min(sizes.values()) > 600 and sum(sizes.values()) <= 6000
    version = ".".join(map(str, sys.version_info[:3]))
    assert data.description["source"] == "offline"
    assert data.description["revision"] == f"standard library of Python {version}"
    assert len(data.description["sha256"]) == 64 and not [note for note in data.description["notes"] if "break" in note]
    assert data.text.tags[0] == "O" and {tag[2:] for tag in data.text.tags[1:]} == {"class", "function", "module", "parameter"}


def test_the_splits_share_no_line_and_no_module(data):
    rows = {split: [row.words for row in part] for split, part in data.raw.items()}
    everything = [row for part in rows.values() for row in part]
    assert len(set(everything)) == len(everything)
    assert all(SHORTEST <= len(row) <= LONGEST for row in everything)
    assert list(MODULES) == sorted(set(MODULES)) and len(everything) <= LINES * len(MODULES)
    assert Counter(split_of(module) for module in MODULES)["test"] >= 8
    tested = {row.words for module in MODULES if split_of(module) == "test" for row in sentences(source(module))}
    assert set(rows["test"]) <= tested


def pieces(rows):
    """The distinct names of sentences, as their words."""
    return {row.words[span.start : span.stop] for row in rows for span in spans(row.tags)}


def test_names_of_the_test_split_are_partly_unseen_and_some_have_several_words(data):
    phrases = [row.words[span.start : span.stop] for row in data.raw["test"] for span in spans(row.tags)]
    train = pieces(data.raw["train"])
    assert 0.2 < sum(name not in train for name in phrases) / len(phrases) < 0.7
    assert sum(len(name) > 1 for name in phrases) > 20


def best_of(key, data):
    """Accuracy on the words of the test split, of names alone, of the most frequent training tag by what `key` gives."""
    counts = defaultdict(Counter)
    for row in data.raw["train"]:
        for position, tag in enumerate(row.tags):
            counts[key(row.words, position)][tag] += 1
    pairs = [
        (counts[key(row.words, position)].most_common(1), tag)
        for row in data.raw["test"]
        for position, tag in enumerate(row.tags)
        if tag != "O"
    ]
    return sum(bool(guess) and guess[0][0] == tag for guess, tag in pairs) / len(pairs)


def test_no_single_word_tells_the_tag(data):
    def at(words, position):
        return words[position] if 0 <= position < len(words) else None

    for offset in (-1, 0, 1):
        assert best_of(lambda words, position, offset=offset: at(words, position + offset), data) < 0.7


def test_it_is_the_same_again():
    text = source("cmd")
    assert list(sentences(text)) == list(sentences(text))
    assert words_of(text)[0].text == TEXT
