"""Text of a file in the encoding that the user names. A byte order mark at its start is no text, in no encoding."""

import codecs
import gzip
import re
import zlib
from pathlib import Path

from bench.errors import DataError

WINDOWS = re.compile(rb"[\x80-\x9f]")
"""Bytes that Windows-1252 has for quotes, dashes and the euro, and Latin-1 for control characters that no text has."""


def placed(path: str, folder: str | None) -> Path:
    """Where the file lies: `path` itself where it is absolute, else in the user's folder of data where there is one."""
    file = Path(path).expanduser()
    return Path(folder).expanduser() / file if folder and not file.is_absolute() else file


def unpacked(name: str, file: Path) -> bytes:
    """The file's content, unpacked where its name ends in .gz. Raises DataError, one sentence."""
    try:
        content = file.read_bytes()
        return gzip.decompress(content) if file.suffix == ".gz" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"data={name}: the file {file} cannot be unpacked ({error}), so it is damaged or no gzip file; copy it again."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        here = Path(file.name).resolve()
        advice = "name the folder that holds it with paths.data= or BENCH_DATA, or correct the path"
        if here.is_file() and not file.exists():
            advice = f"with a folder of data (paths.data= or BENCH_DATA) a path begins there, so give {here}"
        raise DataError(f"data={name}: the file {file} cannot be read ({reason}); {advice}.") from error


def read_text(name: str, file: Path, encoding: str | None = None) -> str:
    """The text of a file in UTF-8, or in what the user gave as data.encoding. Raises DataError, one sentence."""
    return decoded(f"data={name}: {file}", unpacked(name, file), encoding)


def decoded(label: str, content: bytes, encoding: str | None = None) -> str:
    """The text of what `label` names without a byte order mark, line ends as they are. Raises DataError, one sentence."""
    unmarked = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = without_mark(unmarked.decode(encoding or "utf-8")).removesuffix("\x1a")  # the end of a file to DOS, no text
    except LookupError as error:
        raise DataError(f"data.encoding={encoding} is unknown: give utf-8, latin-1 or another encoding of Python's.") from error
    except UnicodeDecodeError as error:
        at = error.start + len(content) - len(unmarked)
        advice = "convert the file to UTF-8"
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            advice = "it begins as UTF-16 does; convert it to UTF-8"
        elif encoding is not None and _is_utf8(content):
            advice = "give data.encoding=utf-8, which it is"
        elif encoding is not None:
            single = "cp1252 if it is Windows-1252" if WINDOWS.search(content) else "latin-1 if it is Latin-1"
            advice = f"give data.encoding={single}, or convert the file to UTF-8"
        raise DataError(f"{label} is not {encoding or 'UTF-8'}: byte 0x{content[at]:02x} at offset {at}; {advice}.") from error
    name = codecs.lookup(encoding).name if encoding else ""
    if name.startswith("utf-16") and b"\0" not in content and content and _is_utf8(content):
        raise DataError(
            f"{label} is not {encoding}: it reads as UTF-8 and has no zero byte; give data.encoding=utf-8, which it is."
        )
    if name == "iso8859-1" and (match := WINDOWS.search(content)):
        raise DataError(
            f"{label} is no {encoding}: byte 0x{match[0][0]:02x} at offset {match.start()} is a control character there and a "
            "sign in Windows-1252; give data.encoding=cp1252, or convert the file to UTF-8."
        )
    if (at := text.find("\0")) >= 0:  # UTF-16 and UTF-32 of plain letters are UTF-8 with zeros between them
        raise DataError(
            f"{label} has a zero byte in line {text.count(chr(10), 0, at) + 1}, as no text has in "
            f"{encoding or 'UTF-8'}, and texts in UTF-16 have; convert it to UTF-8, or delete the byte."
        )
    return text


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def without_mark(text: str) -> str:
    """The text without a byte order mark at its start."""
    return text.removeprefix("\ufeff")
