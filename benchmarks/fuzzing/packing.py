"""Changes of whole files: cut, flipped, packed by what their name does not say."""

import bz2
import gzip
import lzma
import zipfile
from io import BytesIO
from random import Random

from fuzzing.change import OTHER, SAID, SAME, Change, always


def flipped(rng: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def half(rng: Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def zipped(content: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", content)
    return packed.getvalue()


BYTES: list[Change[bytes]] = [
    Change("bits flipped", OTHER, flipped, always),
    Change("cut", OTHER, half, always),
    Change("nothing", SAID, lambda rng, content: b"", always),
    Change("noise", SAID, lambda rng, content: rng.randbytes(rng.randint(1, 400)), always),
    Change("packed once more by gzip", SAME, lambda rng, content: gzip.compress(content), always),
    Change("packed by bzip2", SAME, lambda rng, content: bz2.compress(content), always),
    Change("packed by xz", SAME, lambda rng, content: lzma.compress(content), always),
    Change("packed by zip", SAME, lambda rng, content: zipped(content), always),
    Change("gzip, cut", SAID, lambda rng, content: gzip.compress(content)[: rng.randint(1, 60)], always),
    Change("junk after", OTHER, lambda rng, content: content + rng.randbytes(30), always),
]


PACKED: list[Change[bytes]] = [
    Change("gzip", SAME, lambda rng, content: gzip.compress(content), always),
    Change("gzip in two members", SAME, lambda rng, content: gzip.compress(content[:50]) + gzip.compress(content[50:]), always),
    Change("gzip, zeros after", SAME, lambda rng, content: gzip.compress(content) + b"\x00" * 20, always),
    Change("gzip, junk after", SAME, lambda rng, content: gzip.compress(content) + b"junk", always),
    Change("gzip, cut", SAID, lambda rng, content: gzip.compress(content)[: -rng.randint(1, 40)], always),
    Change("gzip, bits flipped", SAME, lambda rng, content: flipped(rng, gzip.compress(content)), always),
    Change("no gzip", SAME, lambda rng, content: content, always),
    Change("a zip", SAME, lambda rng, content: zipped(content), always),
]
"""Of a file that is then called .gz."""
