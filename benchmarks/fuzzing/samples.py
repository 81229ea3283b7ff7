"""Changes of arrays and of recordings: types, shapes, scales, rates, headers."""

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
from fuzzing.change import OTHER, SAID, SAME, Change, always
from fuzzing.measured import npz, wav
from fuzzing.packing import flipped


def arrays(change: Callable[[Random, dict[str, Any]], dict[str, Any]]) -> Callable[[Random, bytes], bytes]:
    """The change of the arrays of a .npz."""

    def changed(rng: Random, content: bytes) -> bytes:
        with np.load(BytesIO(content)) as file:
            spoiled: bytes = npz(**change(rng, {key: file[key] for key in file.files}))
        return spoiled

    return changed


def cast(kind: str, key: str = "features") -> Callable[[Random, dict[str, Any]], dict[str, Any]]:
    return lambda rng, arrays_read: {**arrays_read, key: arrays_read[key].astype(kind)}


def value(number: float) -> Callable[[Random, dict[str, Any]], dict[str, Any]]:
    def changed(rng: Random, arrays_read: dict[str, Any]) -> dict[str, Any]:
        features = arrays_read["features"].copy()
        features[rng.randrange(len(features)), rng.randrange(features.shape[1])] = number
        return {**arrays_read, "features": features}

    return changed


def shaped(change: Callable[[Any], Any], key: str = "features") -> Callable[[Random, dict[str, Any]], dict[str, Any]]:
    return lambda rng, arrays_read: {**arrays_read, key: change(arrays_read[key])}


ARRAYS: list[Change[bytes]] = [
    *(
        Change(f"features as {kind}", OTHER, arrays(cast(kind)), always)
        for kind in ("f2", "f4", ">f8", "i4", "u1", "?", "c16", "U9", "S9", "O", "g")
    ),
    *(Change(f"a feature {what}", SAID, arrays(value(what)), always) for what in (float("nan"), float("inf"), float("-inf"))),
    *(Change(f"a feature {what}", OTHER, arrays(value(what)), always) for what in (1e308, -1e300, 1e39, 1e-320)),
    Change("features transposed", SAID, arrays(shaped(lambda features: features.T)), always),
    Change("features flat", SAID, arrays(shaped(lambda features: features.ravel())), always),
    Change("features of no column", SAID, arrays(shaped(lambda features: features[:, :0])), always),
    Change("a number for features", SAID, arrays(shaped(lambda features: np.float64(3.0))), always),
    Change("four axes", SAID, arrays(shaped(lambda features: features[:, None, None])), always),
    Change("frames of one", SAME, arrays(shaped(lambda features: features[:, None])), always),
    Change("Fortran's order", SAME, arrays(shaped(np.asfortranarray)), always),
    Change("a row of features less", SAID, arrays(shaped(lambda features: features[1:])), always),
    Change("a column more", OTHER, arrays(shaped(lambda features: np.hstack([features, features[:, :1]]))), always),
    Change("captions as bytes", SAME, arrays(shaped(lambda captions: np.char.encode(captions, "utf-8"), "captions")), always),
    Change("captions as objects", SAME, arrays(shaped(lambda captions: captions.astype(object), "captions")), always),
    Change("captions as numbers", SAID, arrays(shaped(lambda captions: np.arange(len(captions)), "captions")), always),
    Change("captions in a column", SAME, arrays(shaped(lambda captions: captions[:, None], "captions")), always),
    Change("captions empty", SAID, arrays(shaped(lambda captions: np.array([""] * len(captions)), "captions")), always),
    Change("no captions", SAID, arrays(lambda rng, arrays_read: {"features": arrays_read["features"]}), always),
    Change("an array more", SAME, arrays(lambda rng, arrays_read: {**arrays_read, "other": np.arange(3)}), always),
    Change(
        "lengths of 2 axes",
        SAID,
        arrays(lambda rng, arrays_read: {**arrays_read, "lengths": np.ones((2, 2))}),
        lambda reader: False,
    ),
]


ROLLS: list[Change[bytes]] = [
    *(
        Change(f"a roll as {kind}", OTHER, arrays(cast(kind, "roll")), always)
        for kind in ("f2", "f8", ">i4", "?", "c16", "U9", "O")
    ),
    Change("a roll of velocities", SAID, arrays(shaped(lambda roll: roll * 64, "roll")), always),
    Change("a roll that is no number", SAID, arrays(shaped(lambda roll: roll * float("nan"), "roll")), always),
    Change("a roll on its side", SAID, arrays(shaped(lambda roll: roll.T, "roll")), always),
    Change("a roll of no frame", SAID, arrays(shaped(lambda roll: roll[:0], "roll")), always),
    Change("a roll of one frame", SAID, arrays(shaped(lambda roll: roll[:1], "roll")), always),
    Change("a roll of silence", SAID, arrays(shaped(lambda roll: roll * 0, "roll")), always),
    Change("a roll of pitches", SAME, arrays(shaped(lambda roll: np.pad(roll, ((0, 0), (21, 19))), "roll")), always),
    Change("a roll of 87 keys", SAID, arrays(shaped(lambda roll: roll[:, :87], "roll")), always),
    Change("a roll of three axes", SAID, arrays(shaped(lambda roll: roll[None], "roll")), always),
    Change("Fortran's order", SAME, arrays(shaped(np.asfortranarray, "roll")), always),
    Change("no roll", SAID, arrays(lambda rng, arrays_read: {"notes": arrays_read["roll"]}), always),
    Change("an array more", SAME, arrays(lambda rng, arrays_read: {**arrays_read, "other": np.arange(3)}), always),
]


def sounds(**how: Any) -> Callable[[Random, bytes], bytes]:
    """The samples of a recording in another form."""

    def changed(rng: Random, content: bytes) -> bytes:
        samples = np.frombuffer(content[44:], "<i2").astype(np.float64)
        scale = how.get("scale", 1.0)
        spoiled: bytes = wav(samples * scale, **{key: value for key, value in how.items() if key != "scale"})
        return spoiled

    return changed


def header(rng: Random, content: bytes) -> bytes:
    """Wrong numbers in the header."""
    start: bytes = flipped(rng, content[:44])
    return start + content[44:]


def constant(value: float, form: str = "<i2") -> Callable[[Random, bytes], bytes]:
    return lambda rng, content: wav(np.full(1600, value), form=form)


SOUNDS: list[Change[bytes]] = [
    Change("wav in floats", OTHER, sounds(form="<f4", scale=1 / 32768), always),
    Change("wav in floats of 64 bits", OTHER, sounds(form="<f8", scale=1 / 32768), always),
    Change("wav in floats at the scale of integers", SAID, sounds(form="<f4"), always),
    Change("wav of 32 bits", SAME, sounds(form="<i4", scale=65536.0), always),
    Change("wav of 64 bits", OTHER, sounds(form="<i8", scale=65536.0), always),
    Change("wav of another rate", SAID, sounds(rate=16000), always),
    Change("wav of no rate", SAID, sounds(rate=0), always),
    Change("wav of a rate of 1", SAID, sounds(rate=1), always),
    Change("wav of a vast rate", SAID, sounds(rate=2**32 - 1), always),
    Change("silence", SAID, constant(0), always),
    Change("one level", OTHER, constant(9000), always),
    Change("full scale", OTHER, constant(32767), always),
    Change("samples that are no numbers", SAID, constant(float("nan"), "<f4"), always),
    Change("samples without end", SAID, constant(float("inf"), "<f4"), always),
    Change("no samples", SAID, lambda rng, content: wav([]), always),
    Change("one sample", OTHER, lambda rng, content: wav([5]), always),
    Change("a header flipped", OTHER, header, always),
    Change("cut", SAID, lambda rng, content: content[: rng.randrange(len(content) - 2)], always),
    Change("no wav", SAID, lambda rng, content: rng.randbytes(100), always),
]
