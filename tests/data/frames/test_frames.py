"""Frames of speech: Japanese Vowels in the package's format, recordings by log-mel features."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from bench.build import call
from bench.data.frames import japanese_vowels
from bench.data.frames.recordings import recordings
from bench.data.sources.source import Origin, Places
from bench.errors import DataError

HEADER = "#about\n@dimensions 2\n@data\n"


def sequences(rows):
    """Lines of (class, frames [T][2]) in the package's format."""
    return HEADER + "".join(
        ":".join(",".join(map(str, side)) for side in zip(*steps, strict=True)) + f":{speaker}\n" for speaker, steps in rows
    )


def vowels(tmp_path, train, test):
    files = {"train": str(tmp_path / "train.ts"), "test": str(tmp_path / "test.ts")}
    (tmp_path / "train.ts").write_text(train)
    (tmp_path / "test.ts").write_text(test)
    places = Places("files", files, hub=None, offline=None)
    return japanese_vowels.frames(origin=Origin("japanese_vowels", None, places))


def test_every_fifth_of_each_speaker_validates_and_training_alone_standardises(tmp_path):
    rows = [(speaker, [(index, -index)] * (1 + index % 3)) for index in range(10) for speaker in ("1", "2")]
    data = vowels(tmp_path, sequences(rows), sequences([("2", [(100, 100), (101, 102)])]))
    assert data.description["splits"] == {"train": 16, "validation": 4, "test": 1} and data.classes == ("1", "2")
    assert data.rows["validation"].source.lengths.tolist() == [2, 2, 1, 1]
    train = torch.tensor(
        [[index, -index] for index in range(10) for _ in range(1 + index % 3) if index not in (4, 9)] * 2
    ).double()
    expected = (torch.tensor([[100.0, 100], [101, 102]]) - train.mean(0)) / train.std(0, correction=0)
    assert torch.allclose(data.rows["test"].steps.double(), expected)
    assert data.rows["train"].steps.double().mean(0).abs().max() < 1e-6


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,2:3,x:1", r"line 4 of the train file is not a sequence \('1,2:3,x:1'\); give the \.ts files"),
        ("1,2:3:1", r"line 4 of the train file is not a sequence"),
        ("1,1_0:3,4:1", r"line 4 of the train file is not a sequence"),
        ("1,nan:3,4:1", r"line 4 of the train file is not a sequence"),
        ("1,2:3,4:5,6:1", None),
        ("", r"the train file has no sequence"),
    ],
)
def test_broken_files_are_one_sentence(line, words):
    text = HEADER + line + "\n"
    if words is None:
        words, text = r"line 5 of the train file is not a sequence", HEADER + "1,2:3,4:1\n" + line
    with pytest.raises(DataError, match=words):
        japanese_vowels.parse("japanese_vowels", "train", text)


def test_frames_of_other_widths_are_refused(tmp_path):
    rows = [(speaker, [(index, -index)]) for index in range(10) for speaker in ("1", "2")]
    with pytest.raises(DataError, match=r"the numbers of a frame differ, 2 in train, 2 in validation, 3 in test; give"):
        vowels(tmp_path, sequences(rows), HEADER + "1:2:3:1\n")


def test_a_number_of_the_frames_that_rounding_alone_varies_is_refused(tmp_path):
    rows = [(speaker, [(0.1, index)]) for index in range(11) for speaker in ("1", "2")]
    with pytest.raises(DataError, match=r"number 0 of the frames is the same in all of training"):
        vowels(tmp_path, sequences(rows), sequences(rows))


def test_the_packaged_set_has_the_published_sizes():
    if importlib.util.find_spec("sktime") is None:
        with pytest.raises(DataError, match=r"sktime ships, and it is not installed: install recurrent-bench\[speech\]"):
            japanese_vowels.packaged()
        pytest.skip("needs the extra speech")
    texts, _ = japanese_vowels.packaged()
    train, test = (japanese_vowels.parse("japanese_vowels", split, texts[split]) for split in ("train", "test"))
    assert (len(train), len(test)) == (270, 370) and {frames.size(1) for _, frames in train + test} == {12}
    assert {sum(label == speaker for label, _ in train) for speaker in "123456789"} == {30}
    assert {len(frames) for _, frames in train + test} == set(range(7, 30)) & {len(frames) for _, frames in train + test}


@pytest.fixture
def spoken(tmp_path):
    """spoken(split={path: (label, hertz, seconds, rate)}) -> lists of tones in folders of their own."""

    def make(**lists):
        paths = {"test": None}
        for split, files in lists.items():
            folder = tmp_path / split
            folder.mkdir(exist_ok=True)
            for path, (_, hertz, seconds, rate) in files.items():
                time_T = np.arange(int(seconds * rate)) / rate
                noise = np.random.default_rng(len(path)).normal(0, 0.01, len(time_T))
                wavfile.write(
                    folder / path, rate, ((0.5 * np.sin(2 * np.pi * hertz * time_T) + noise) * 32767).astype(np.int16)
                )
            (folder / "list.txt").write_text("".join(f"{path}\t{label}\n" for path, (label, *_) in files.items()))
            paths[split] = str(folder / "list.txt")
        return paths

    return make


def read_recordings(lists, bands=20):
    pytest.importorskip("kaldi_native_fbank", reason="needs the extra speech")
    return call(recordings, {"name": "recordings", "folder": None, **lists, "bands": bands, "normalise": "training"})


LOW, HIGH = ("low", 300, 0.2, 8000), ("high", 2500, 0.3, 8000)


def test_a_higher_tone_is_in_a_higher_band_ten_milliseconds_a_frame(spoken):
    data = read_recordings(spoken(train={"a.wav": LOW, "b.wav": HIGH}, validation={"c.wav": HIGH}))
    assert data.rows["train"].source.lengths.tolist() == [20, 30] and data.rows["train"].steps.shape == (50, 20)
    assert data.classes == ("high", "low") and data.shown["train"] == ["a.wav", "b.wav"]
    low, high = (data.rows["train"].steps[data.rows["train"].source[row]].mean(0) for row in (0, 1))
    difference = high - low
    assert difference.argmin() < 6 and difference.argmax() > 12
    again = read_recordings(spoken(train={"a.wav": LOW, "b.wav": HIGH}, validation={"c.wav": HIGH}))
    assert data.description == again.description


def test_widths_of_samples_and_channels_make_no_difference(tmp_path, spoken):
    from bench.data.frames.log_mel import sound_of

    spoken(train={"a.wav": LOW})
    rate, samples = wavfile.read(tmp_path / "train" / "a.wav")
    same = {
        "two": np.stack([samples, samples], 1),
        "wide": samples.astype(np.int32) * 65536,
        "real": (samples / 32768).astype(np.float32),
    }
    for name, content in same.items():
        wavfile.write(tmp_path / f"{name}.wav", rate, content)
        assert np.allclose(sound_of("x", tmp_path / f"{name}.wav").samples, samples, atol=1e-3)
    wavfile.write(tmp_path / "byte.wav", rate, (samples // 256 + 128).astype(np.uint8))
    assert np.abs(sound_of("x", tmp_path / "byte.wav").samples - samples).max() <= 256


def test_a_file_shorter_than_its_header_says_and_samples_that_are_no_numbers_are_refused(tmp_path, spoken):
    from bench.data.frames.log_mel import sound_of

    spoken(train={"a.wav": LOW})
    content = (tmp_path / "train" / "a.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(content[:500])
    wavfile.write(tmp_path / "nan.wav", 8000, np.array([0.0, np.nan, 0.5], dtype=np.float32))
    for name, words in (
        ("cut.wav", r"cut\.wav cannot be read as a wav file"),
        ("nan.wav", r"nan\.wav has samples that are no"),
    ):
        with pytest.raises(DataError, match=words):
            sound_of("x", tmp_path / name)


def test_bad_recordings_are_one_sentence(tmp_path, spoken):
    pytest.importorskip("kaldi_native_fbank", reason="needs the extra speech")
    good = {"a.wav": LOW, "b.wav": HIGH}

    def refused(words, lists, bands=20):
        with pytest.raises(DataError, match=words) as caught:
            read_recordings(lists, bands)
        assert "\n" not in str(caught.value)

    refused(r"needs data\.validation: give data\.train=LIST", {"train": "x", "validation": None, "test": None})
    lists = spoken(train=good, validation={"c.wav": ("low", 300, 0.2, 16000)})
    refused(r"has 8,000 samples a second, .* has 16,000 samples a second; convert", lists)
    refused(r"data\.bands=2 is out of range: give a number from 3", lists, bands=2)
    refused(r"data\.bands=128 is refused with .*\.wav, whose 8,000 samples a second are too few", lists, bands=128)
    refused(r"a\.wav is listed in train and in validation; leave it in one list", {**lists, "validation": lists["train"]})
    (tmp_path / "validation" / "list.txt").write_text("low c.wav\n")
    refused(r"line 1 of .*list\.txt is not the path of a wav file, a tab and a label \('low c\.wav'\)", lists)
    (tmp_path / "validation" / "list.txt").write_text("\n")
    refused(r"list\.txt lists no recording; give the path", lists)
    wavfile.write(tmp_path / "validation" / "c.wav", 8000, np.zeros(0, np.int16))
    (tmp_path / "validation" / "list.txt").write_text("c.wav\tlow\n")
    refused(r"c\.wav has 0 samples, too few for one frame", lists)
    (tmp_path / "validation" / "list.txt").write_bytes("c.wav\tlow\n".encode("utf-16-le"))
    refused(r"list\.txt has a zero byte in line 1", lists)
    refused(r"too few for one frame", spoken(train=good, validation={"c.wav": ("low", 300, 0.002, 8000)}))
    (tmp_path / "validation" / "c.wav").write_bytes(b"no sound")
    refused(r"c\.wav cannot be read as a wav file", lists)


def test_a_wav_file_of_any_length_short_of_its_own_is_one_sentence(tmp_path, spoken):
    from bench.data.frames.log_mel import sound_of

    spoken(train={"a.wav": LOW})
    content = (tmp_path / "train" / "a.wav").read_bytes()
    for size in (0, 4, 12, 20, 30, 36, 43, 44, 500):
        (tmp_path / "cut.wav").write_bytes(content[:size])
        with pytest.raises(DataError, match=r"cut\.wav cannot be read as a wav file \(.+\); correct the path") as caught:
            sound_of("x", tmp_path / "cut.wav")
        assert "\n" not in str(caught.value)
    for position in range(12, 44):  # a header with one byte that is another
        (tmp_path / "odd.wav").write_bytes(content[:position] + b"\xde" + content[position + 1 :])
        try:
            sound_of("x", tmp_path / "odd.wav")
        except DataError as error:
            assert "odd.wav" in str(error)


def test_floats_beyond_full_scale_are_refused_and_a_little_more_is_told(tmp_path):
    from bench.data.frames.log_mel import sound_of

    samples = np.random.default_rng(0).uniform(-1, 1, 4000)
    for dtype, largest in ((np.float32, 32767), (np.float64, 32767), (np.float32, 2.5)):
        wavfile.write(tmp_path / "loud.wav", 8000, (samples * largest).astype(dtype))
        with pytest.raises(DataError, match=r"loud\.wav has floats up to [\d,.]+ as samples, which lie between -1 and 1"):
            sound_of("x", tmp_path / "loud.wav")
    wavfile.write(tmp_path / "mixed.wav", 8000, (samples * 1.1).astype(np.float32))
    assert sound_of("x", tmp_path / "mixed.wav").remarks == ("beyond full scale",)


def test_channels_that_cancel_and_silence_are_told(tmp_path, spoken):
    lists = spoken(train={"a.wav": LOW, "b.wav": HIGH, "c.wav": LOW}, validation={"d.wav": HIGH})
    rate, samples = wavfile.read(tmp_path / "train" / "a.wav")
    wavfile.write(tmp_path / "train" / "a.wav", rate, np.stack([samples, -samples], 1))
    wavfile.write(tmp_path / "validation" / "d.wav", rate, np.zeros_like(samples))
    notes = read_recordings(lists).description["notes"]
    assert "1 recordings are with channels that cancel, so that their mean is almost silent (the first: a.wav)" in notes
    assert "1 recordings are silent throughout (the first: d.wav)" in notes


def test_a_list_with_a_heading_is_told_so(spoken):
    lists = spoken(
        train={"a.wav": ("one", 300, 0.1, 8000), "b.wav": ("two", 900, 0.1, 8000)},
        validation={"c.wav": ("one", 300, 0.1, 8000)},
    )
    place = Path(lists["train"])
    place.write_text("path\tlabel\n" + place.read_text())
    with pytest.raises(
        DataError, match=r"line 1 of .*list\.txt names 'path', which is no file, as a heading does: delete the line"
    ):
        read_recordings(lists)
