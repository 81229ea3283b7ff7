"""Text of a file in the encoding that the user names."""

import gzip
from pathlib import Path

from bench.errors import DataError


def placed(path: str, folder: str | None) -> Path:
    """Where the file lies: `path` itself where it is absolute, else in the user's folder of data where there is one."""
    place = Path(path).expanduser()
    return Path(folder).expanduser() / place if folder and not place.is_absolute() else place


def unpacked(name: str, place: Path) -> bytes:
    """The file's content, unpacked where its name ends in .gz. Raises DataError, one sentence."""
    try:
        content = place.read_bytes()
        return gzip.decompress(content) if place.suffix == ".gz" else content
    except (OSError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(
            f"data={name}: the file {place} cannot be read ({reason}); name the folder that holds it with paths.data= or "
            "BENCH_DATA, or correct the path."
        ) from error


def read_text(name: str, place: Path, encoding: str) -> str:
    """The text of a file, which `unpacked` reads. Raises DataError, one sentence."""
    content = unpacked(name, place)
    try:
        return content.decode(encoding)
    except LookupError as error:
        raise DataError(f"data.encoding={encoding} is unknown: give utf-8, latin-1 or another encoding of Python's.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"data={name}: {place} is not {encoding}: byte 0x{content[error.start]:02x} at offset {error.start}; give "
            "data.encoding=latin-1 if it is Latin-1, or convert the file to UTF-8."
        ) from error
