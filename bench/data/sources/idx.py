"""Arrays of bytes in the idx format, which MNIST comes in: two zero bytes, the type, the number of dimensions, their sizes as
big-endian 32-bit integers, the bytes. The format is described with MNIST (LeCun et al. 1998, http://yann.lecun.com/exdb/mnist/).
"""

from math import prod
from pathlib import Path

import numpy as np

from bench.data.sources.files import unpacked
from bench.errors import DataError

BYTES = 0x08  # the type of unsigned bytes
KINDS = {1: "labels", 3: "images"}


def read_idx(name: str, file: Path, dimensions: int) -> np.ndarray:
    """uint8 of so many dimensions: 1 for labels, 3 for images. Raises DataError, one sentence."""
    content = unpacked(name, file)
    start = 4 + 4 * dimensions
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != BYTES:
        begins = content[:3].hex(" ") or "it is empty"
        raise DataError(
            f"data={name}: {file} does not begin as an idx file of bytes does (00 00 08, here {begins}); copy it again, or "
            "give another file."
        )
    if content[3] != dimensions:
        held = KINDS.get(content[3], f"an array of {content[3]} dimensions")
        raise DataError(
            f"data={name}: {file} holds {held} where {KINDS[dimensions]} are needed; correct its name, or give the "
            "files of images and labels the other way round."
        )
    shape = tuple(int.from_bytes(content[at : at + 4]) for at in range(4, start, 4))
    if len(content) != start + prod(shape):
        raise DataError(
            f"data={name}: {file} has {len(content):,} bytes where its header, {' x '.join(map(str, shape))}, needs "
            f"{start + prod(shape):,}; it is damaged, so copy it again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
