"""Recordings to frames: the logarithm of the energy in bands of equal width on the mel scale, by Kaldi's front end.

Windows of 25 ms, one every 10 ms, without dither, so that the same file always gives the same numbers.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench.errors import DataError

FULL_SCALE = 32768.0  # of 16-bit samples, which Kaldi's features are made for


def samples_of(name: str, file: Path) -> tuple[int, np.ndarray]:
    """(samples a second, samples at the scale of 16 bits) of a wav file, the mean of its channels."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)  # shorter than its header says
            rate, samples = wavfile.read(file)
    except (OSError, ValueError, EOFError, wavfile.WavFileWarning) as error:
        raise DataError(
            f"data={name}: {file} cannot be read as a wav file ({str(error).splitlines()[0]}); correct the path in the list, "
            "or convert the file to PCM."
        ) from error
    scaled = samples.astype(np.float64)
    if samples.dtype == np.uint8:
        scaled = (scaled - 128) / 128
    elif np.issubdtype(samples.dtype, np.integer):
        scaled = scaled / (np.iinfo(samples.dtype).max + 1)
    if not np.isfinite(scaled).all():
        raise DataError(f"data={name}: {file} has samples that are no finite numbers; leave it out, or mend it.")
    return int(rate), FULL_SCALE * (scaled if scaled.ndim == 1 else scaled.mean(1))


def log_mel(name: str, file: Path, bands: int) -> tuple[int, Tensor]:
    """(samples a second, frames [T, bands] in nats)."""
    try:
        import kaldi_native_fbank as kaldi
    except ImportError as error:
        raise DataError(
            f"data={name} needs the package kaldi-native-fbank, which is not installed: install recurrent-bench[speech]."
        ) from error
    rate, samples = samples_of(name, file)
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
    return rate, torch.from_numpy(np.stack([bank.get_frame(place) for place in range(bank.num_frames_ready)]))
