"""What a docstring describes: `data=python_docstrings`, which needs no file and no network.

A text is the first paragraph of a docstring of the standard library, its class what has that docstring: a class, a function (a
method too) or a module. Words are those of `bench.data.sources.python_topics`. It is no sentiment: it is a class of a text
that a reader can mostly tell. Functions are five times as many as classes; of each split as many of them are kept, evenly
spaced.

The modules are listed: those that lie in one place in Python 3.11 to 3.13 alike. In alphabetical order every sixth validates
and every sixth tests. A text is kept once, whatever its capitals, and in the test split rather than in validation, there rather
than in training.
"""

import ast
import platform
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from bench.data.sources.python_topics import SPLITS, WORD
from bench.data.sources.subsample import spread
from bench.errors import DataError

LISTED = """
    _collections_abc _pydecimal _pyio argparse ast asyncio.base_events asyncio.events asyncio.futures asyncio.locks
    asyncio.protocols asyncio.queues asyncio.sslproto asyncio.streams asyncio.tasks asyncio.transports asyncio.unix_events
    base64 bdb bz2 calendar cmd code codecs collections concurrent.futures._base concurrent.futures.process configparser
    contextlib difflib dis doctest email._header_value_parser email._parseaddr email._policybase email.errors email.message
    email.utils enum fractions ftplib functools gzip heapq http.client http.cookiejar http.cookies http.server imaplib
    importlib._bootstrap importlib._bootstrap_external importlib.metadata importlib.util inspect ipaddress locale logging
    logging.config logging.handlers lzma mailbox mimetypes multiprocessing.connection multiprocessing.context
    multiprocessing.managers multiprocessing.pool multiprocessing.process multiprocessing.shared_memory ntpath numbers
    operator optparse os pdb pickle pickletools pkgutil platform poplib posixpath pydoc queue random re selectors shutil
    site smtplib socket socketserver ssl stat statistics subprocess symtable tarfile tempfile textwrap threading timeit
    trace traceback tracemalloc types typing unittest.case unittest.loader unittest.mock unittest.result urllib.parse
    urllib.request urllib.robotparser uuid warnings weakref webbrowser wsgiref.handlers wsgiref.headers
    xml.dom.expatbuilder xml.dom.minidom xml.etree.ElementTree xml.sax.handler xml.sax.xmlreader xmlrpc.client
    xmlrpc.server zipimport
"""
MODULES = tuple(LISTED.split())


def labelled_paragraphs() -> tuple[dict[str, str], str]:
    """The splits as lines of class, tab and text, and the Python that they were taken from."""
    earlier: set[str] = set()
    texts = {}
    for split in SPLITS:
        rows = [row for index, module in enumerate(MODULES) if split_of(index) == split for row in paragraphs(_source(module))]
        first = {text.lower(): (kind, text) for kind, text in reversed(rows) if text.lower() not in earlier}
        earlier.update(first)
        texts[split] = "".join(f"{kind}\t{text}\n" for kind, text in _balanced(list(reversed(first.values()))))
    return {split: texts[split] for split in reversed(SPLITS)}, f"standard library of Python {platform.python_version()}"


def split_of(index: int) -> str:
    return {2: "validation", 5: "test"}.get(index % 6, "train")


def paragraphs(source: str) -> Iterator[tuple[str, str]]:
    """(class, first paragraph) of each docstring of a module, as words with spaces between them."""
    yield from _below(ast.parse(source), "module")


def _balanced(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rows with as many functions as classes."""
    functions = [row for row in rows if row[0] == "function"]
    others = [row for row in rows if row[0] != "function"]
    classes = sum(kind == "class" for kind, _ in others)
    return others + spread(functions, classes)


def _below(node: ast.AST, kind: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        first = re.split(r"\n\s*\n", ast.get_docstring(node) or "")[0]
        if text := " ".join(match.group() for match in WORD.finditer(first)):
            yield kind, text
    for child in ast.iter_child_nodes(node):
        yield from _below(child, "class" if isinstance(child, ast.ClassDef) else "function")


def _source(module: str) -> str:
    path = Path(sysconfig.get_path("stdlib"), *module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"data=python_docstrings needs the sources of the standard library, and {file} cannot be read ({error.strerror}); "
            "give another data set, data=labelled say, or a Python with its sources."
        ) from error
