"""Which modules of the standard library `data=python_names` reads, and what its tokens are.

The list is fixed: modules that are one file in Python 3.11 to 3.13 alike. In alphabetical order every sixth validates and every
sixth tests, so a name of a module's own is in one split.
"""

import io
import sys
import sysconfig
import token
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bench.errors import DataError

LISTED = """
    bdb calendar cmd code compileall contextlib copy csv dataclasses dis filecmp fileinput fractions ftplib functools
    getopt getpass gettext glob gzip hashlib heapq hmac linecache lzma mimetypes modulefinder netrc numbers operator
    pkgutil plistlib poplib pprint profile pstats py_compile pyclbr queue quopri random reprlib rlcompleter sched
    selectors shelve shlex smtplib socketserver statistics string symtable tempfile textwrap timeit tokenize trace
    traceback types uuid warnings wave weakref webbrowser zipapp
"""
MODULES = tuple(LISTED.split())
TEXT = '"..."'  # what any string, or strings side by side, reads as
LAYOUT = {token.NL, token.COMMENT, token.INDENT, token.DEDENT, token.ENDMARKER}
OPENS = getattr(token, "FSTRING_START", None)  # from Python 3.12 an f-string is several tokens
CLOSES = getattr(token, "FSTRING_END", None)


class Word(NamedTuple):
    """A token as the data set has it: its logical line, its text, and its position as `ast` counts (line, byte)."""

    line: int
    text: str
    position: tuple[int, int]


def split_of(module: str) -> str:
    """train, validation or test."""
    return {2: "validation", 5: "test"}.get(MODULES.index(module) % 6, "train")


def source(module: str) -> str:
    """The text of a module of MODULES."""
    file = Path(sysconfig.get_path("stdlib"), f"{module}.py")
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"data=python_names needs the sources of the standard library, and {file} cannot be read ({error.strerror}); give "
            "another data set, data=columns say, or a Python with its sources."
        ) from error


@cache
def is_module(dotted: str) -> bool:
    """Whether the standard library has a module of this name, told without importing any."""
    if "." not in dotted:
        return dotted in sys.stdlib_module_names
    path = Path(sysconfig.get_path("stdlib"), *dotted.split("."))
    return dotted == "os.path" or path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def words_of(text: str) -> list[Word]:
    """The tokens without comments and layout, in the order of the text; a logical line is a statement or its head."""
    return list(_words(text))


def _words(text: str) -> Iterator[Word]:
    number = nested = 0
    after_text = False
    for kind, string, (row, column), _, line in tokenize.generate_tokens(io.StringIO(text).readline):
        inside = nested > 0
        nested += (kind == OPENS) - (kind == CLOSES)
        if inside or kind in LAYOUT:
            continue
        is_text = kind in (token.STRING, OPENS)
        if kind == token.NEWLINE:
            number += 1
        elif not (is_text and after_text):
            first = line.split("\n")[0]  # of a statement over several lines, older Pythons give all of them
            yield Word(number, TEXT if is_text else string, (row, len(first[:column].encode())))
        after_text = is_text
