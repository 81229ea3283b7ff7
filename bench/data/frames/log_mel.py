"""Recordings to frames: the logarithm of the energy in bands of equal width on the mel scale, by Kaldi's front end.

Windows of 25 ms, one every 10 ms, without dither, so that the same file always gives the same numbers.
"""

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench.errors import DataError

FULL_SCALE = 32768.0  # of 16-bit samples, which Kaldi's features are made for


MOST = 2.0  # of samples that are floats: full scale is 1, and a little more is what mixing leaves
CANCELLED = 0.05  # of the channels' own loudness: what is left of their mean where they cancel


@dataclass(frozen=True)
class Sound:
    """`samples` at the scale of 16 bits, the mean of the channels; `remarks`: what of it is not as it should be."""

    rate: int
    samples: np.ndarray
    remarks: tuple[str, ...]


def sound_of(name: str, file: Path, content: bytes | None = None) -> Sound:
    """A wav file's, or that of its `content` where it lies in an archive. Raises DataError, one sentence."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)  # shorter than its header says
            rate, samples = wavfile.read(file if content is None else io.BytesIO(content))
    except (OSError, ValueError, EOFError, ArithmeticError, NameError, struct.error, wavfile.WavFileWarning) as error:
        reason = "it has no samples" if isinstance(error, NameError) else (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(
            f"data={name}: {file} cannot be read as a wav file ({reason}); correct the path in the list, or convert the "
            "file to PCM."
        ) from error
    scaled_NC = samples.astype(np.float64)
    scaled_NC = scaled_NC[:, None] if scaled_NC.ndim == 1 else scaled_NC
    if samples.dtype == np.uint8:
        scaled_NC = (scaled_NC - 128) / 128
    elif np.issubdtype(samples.dtype, np.integer):
        scaled_NC = scaled_NC / (np.iinfo(samples.dtype).max + 1)
    if not np.isfinite(scaled_NC).all():
        raise DataError(f"data={name}: {file} has samples that are no finite numbers; leave it out, or mend it.")
    largest = float(np.abs(scaled_NC).max(initial=0.0))
    if largest > MOST:
        raise DataError(
            f"data={name}: {file} has floats up to {largest:,.6g} as samples, which lie between -1 and 1 in a wav file; divide "
            "them by full scale (32,768 where they come from 16 bits)."
        )
    mixed_N = scaled_NC.mean(1)
    return Sound(int(rate), FULL_SCALE * mixed_N, tuple(_remarks(scaled_NC, mixed_N, largest)))


def _remarks(scaled_NC: np.ndarray, mixed_N: np.ndarray, largest: float) -> list[str]:
    remarks = []
    if largest > 1:
        remarks.append("beyond full scale")
    if largest == 0:
        remarks.append("silent throughout")
    elif np.sqrt(np.square(mixed_N).mean()) < CANCELLED * np.sqrt(np.square(scaled_NC).mean()):
        remarks.append("with channels that cancel, so that their mean is almost silent")
    return remarks


def check_bands(bands: int) -> None:
    if not 3 <= bands <= 128:
        raise DataError(f"data.bands={bands} is out of range: give a number from 3 to 128.")


def log_mel(name: str, file: Path, bands: int, content: bytes | None = None) -> tuple[Sound, Tensor]:
    """(what was read, frames [T, bands] in nats) of a file, or of its `content`."""
    try:
        import kaldi_native_fbank as kaldi
    except ImportError as error:
        raise DataError(
            f"data={name} needs the package kaldi-native-fbank, which is not installed: install recurrent-bench[speech]."
        ) from error
    sound = sound_of(name, file, content)
    rate, samples = sound.rate, sound.samples
    options = kaldi.FbankOptions()
    options.frame_opts.samp_freq = rate
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = bands
    try:
        bank = kaldi.OnlineFbank(options)
    except (RuntimeError, ValueError) as error:
        raise DataError(
            f"data.bands={bands} is refused with {file}, whose {rate:,} samples a second are too few for so many: give fewer."
        ) from error
    bank.accept_waveform(rate, samples.tolist())
    bank.input_finished()
    if not bank.num_frames_ready:
        raise DataError(f"data={name}: {file} has {len(samples)} samples, too few for one frame of 10 ms; leave it out.")
    return sound, torch.from_numpy(np.stack([bank.get_frame(index) for index in range(bank.num_frames_ready)]))
