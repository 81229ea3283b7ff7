"""What is taken from the frames of a recording before all are standardised by those of training.

`recording`: from each number its mean over the recording. In the logarithm of an energy a microphone, a room and a distance are
a constant, which goes with the mean (cepstral mean subtraction; Atal 1974, doi 10.1121/1.1914702).
"""

from collections.abc import Callable

from torch import Tensor

from bench.errors import DataError

KINDS: dict[str, Callable[[Tensor], Tensor]] = {
    "training": lambda frames_TI: frames_TI,
    "recording": lambda frames_TI: frames_TI - frames_TI.mean(0),
}


def check_normalise(normalise: str) -> Callable[[Tensor], Tensor]:
    """What makes frames [T, I] out of frames. Raises DataError for a word that is none."""
    if normalise not in KINDS:
        raise DataError(f"data.normalise={normalise} is unknown: give one of {', '.join(KINDS)}.")
    return KINDS[normalise]


def notes_of(normalise: str) -> list[str]:
    return ["of each number of a frame its mean over the recording was taken away"] if normalise == "recording" else []
