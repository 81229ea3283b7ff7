"""Spoken digits out of an archive: which recording is in which split, and what is refused or told."""

import io
import tarfile

import numpy as np
import pytest
from scipy.io import wavfile

from bench.build import call
from bench.data.frames.spoken_digits import spoken_digits
from bench.errors import DataError


def digit_archive(file, loudness):
    """Three people say two digits twelve times each, a tone in noise a digit; bob is `loudness` times as loud."""
    with tarfile.open(file, "w:gz") as archive:
        for digit in (0, 1):
            for speaker, factor in (("ann", 1.0), ("bob", loudness), ("eve", 1.0)):
                for number in range(12):
                    noise = np.random.default_rng(number).normal(size=2400 + 80 * number)
                    samples = 300 * factor * (np.sin(np.arange(len(noise)) * (0.2 + 0.4 * digit)) + 0.3 * noise)
                    name = f"digits-1.0/recordings/{digit}_{speaker}_{number}.wav"
                    add(archive, name, samples.astype(np.float32) / 32768)
    return str(file)


def digits_of(file, **changed):
    settings = {"bands": 20, "normalise": "training", "test_speakers": [], "validation_speakers": [], **changed}
    places = {"kind": "files", "files": {"all": file}, "hub": None, "offline": None}
    return call(spoken_digits, {"name": "spoken_digits", "folder": None, "places": places, **settings})


@pytest.fixture
def front_end():
    pytest.importorskip("kaldi_native_fbank")


def test_the_published_split_of_spoken_digits_and_one_by_speaker(tmp_path, front_end):
    file = digit_archive(tmp_path / "digits.tar.gz", 1.0)
    data = digits_of(file)
    assert data.classes == ("0", "1")
    assert data.shown["test"] == [
        f"{digit}_{who}_{n}.wav" for digit in (0, 1) for who in ("ann", "bob", "eve") for n in range(5)
    ]
    assert data.shown["validation"][:6] == [f"0_ann_{n}.wav" for n in range(5, 10)] + ["0_bob_5.wav"]
    assert data.shown["train"][:3] == ["0_ann_10.wav", "0_ann_11.wav", "0_bob_10.wav"]
    assert data.labels["test"] == ["0"] * 15 + ["1"] * 15
    by_speaker = digits_of(file, test_speakers=["bob"], validation_speakers=["eve"])
    assert {split: {name.split("_")[1] for name in names} for split, names in by_speaker.shown.items()} == {
        "train": {"ann"},
        "validation": {"eve"},
        "test": {"bob"},
    }
    assert {split: len(names) for split, names in by_speaker.shown.items()} == {"train": 24, "validation": 24, "test": 24}


def test_less_its_own_mean_a_recording_is_the_same_however_loud(tmp_path, front_end):
    file = digit_archive(tmp_path / "digits.tar.gz", 8.0)
    speakers = {"test_speakers": ["bob"], "validation_speakers": ["eve"]}
    plain, centred = (digits_of(file, normalise=how, **speakers) for how in ("training", "recording"))
    differences = [
        max(float((a - b).abs().max()) for a, b in zip(data.frames["train"], data.frames["test"], strict=True))
        for data in (plain, centred)
    ]
    assert differences[0] > 0.5 and differences[1] < 1e-3
    assert all(abs(float(frames_TI.double().mean())) < 1e-5 for frames_TI in centred.frames["test"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"normalise": "speaker"}, r"data\.normalise=speaker is unknown: give one of training, recording"),
        ({"test_speakers": ["bob"]}, r"go together: give both, of ann, bob, eve, or neither"),
        (
            {"test_speakers": ["Bob"], "validation_speakers": ["eve"]},
            r"nobody is called Bob there: give speakers of ann, bob, eve",
        ),
        ({"test_speakers": ["bob"], "validation_speakers": ["bob"]}, r"name somebody twice, or everybody"),
        ({"test_speakers": ["bob", "ann"], "validation_speakers": ["eve"]}, r"name somebody twice, or everybody"),
        ({"bands": 2}, r"data\.bands=2 is out of range"),
    ],
)
def test_words_that_split_no_spoken_digits_are_refused(tmp_path, front_end, changed, sentence):
    with pytest.raises(DataError, match=sentence):
        digits_of(digit_archive(tmp_path / "digits.tar.gz", 1.0), **changed)


@pytest.mark.parametrize(("content", "sentence"), [(b"x" * 600, "cannot be read as a tar archive"), (None, "has no file that")])
def test_an_archive_that_holds_no_spoken_digits_is_refused(tmp_path, content, sentence):
    file = tmp_path / "digits.tar"
    file.write_bytes(content or b"")
    if content is None:
        tarfile.open(file, "w").close()
    with pytest.raises(DataError, match=sentence):
        digits_of(str(file))


def add(archive, name, samples, rate=8000):
    wav = io.BytesIO()
    wavfile.write(wav, rate, samples)
    member = tarfile.TarInfo(name)
    member.size = len(wav.getvalue())
    archive.addfile(member, io.BytesIO(wav.getvalue()))


@pytest.mark.parametrize(
    ("names", "rates", "sentence"),
    [
        (("a/0_ann_0.wav", "b/0_ann_0.wav"), (8000, 8000), r"has 0_ann_0\.wav twice, as b/0_ann_0\.wav too; leave one of them"),
        (("0_ann_0.wav", "1_ann_0.wav"), (8000, 16000), r"0_ann_0\.wav has 8,000 samples a second, 1_ann_0\.wav has 16,000"),
    ],
)
def test_a_recording_that_stands_twice_and_rates_that_differ_are_refused(tmp_path, front_end, names, rates, sentence):
    with tarfile.open(tmp_path / "digits.tar", "w") as archive:
        for name, rate in zip(names, rates, strict=True):
            add(archive, name, np.ones(4000, np.int16), rate)
    with pytest.raises(DataError, match=sentence):
        digits_of(str(tmp_path / "digits.tar"))


def test_silence_is_told(tmp_path, front_end):
    file = tmp_path / "digits.tar"
    with tarfile.open(file, "w") as archive:
        for number in range(12):
            noise = np.random.default_rng(number).normal(size=2400).astype(np.float32) / 100
            add(archive, f"0_ann_{number}.wav", noise)
            add(archive, f"1_ann_{number}.wav", noise * (number != 11))
    assert "1 recordings are silent throughout (the first: 1_ann_11.wav)" in digits_of(str(file)).description["notes"]
