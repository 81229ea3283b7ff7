"""A folder of pieces of the user's own: .npz and MIDI, split by folders or by name; one sentence for what cannot be read."""

import struct

import numpy as np
import pytest

from bench.config.factory import make_task
from bench.data.music.own_pieces import own_pieces
from bench.errors import DataError

ROLL = np.zeros((4, 88), dtype=bool)
ROLL[[0, 1, 2, 3], [10, 12, 14, 10]] = True


def read_pieces(folder, **settings):
    defaults = {"name": "piano_rolls", "folder": None, "path": str(folder), "frames_per_beat": 2, "limit": None}
    return own_pieces(**defaults | settings)


def lay(folder, **rolls):
    """An .npz a roll, `train_a=...` in the folder train."""
    for name, roll in rolls.items():
        split, _, stem = name.partition("_")
        (folder / split).mkdir(exist_ok=True)
        np.savez(folder / split / f"{stem}.npz", roll=roll)


def midi(*events, ticks=480, kind=0, tracks=1):
    """The bytes of a MIDI file by the standard: `events` are (delta, status, first, second), the delta below 16,384."""
    body = b"".join(
        (bytes([0x80 | delta >> 7, delta & 0x7F]) if delta > 127 else bytes([delta])) + bytes(message)
        for delta, *message in events
    )
    body += b"\x00\xff\x2f\x00"
    track = b"MTrk" + struct.pack(">I", len(body)) + body
    return b"MThd" + struct.pack(">IHHH", 6, kind, tracks, ticks) + tracks * track


def test_folders_are_splits_and_other_files_are_told(tmp_path):
    lay(tmp_path, train_b=ROLL, train_a=ROLL[:3], validation_c=ROLL, test_d=~ROLL)
    (tmp_path / "train" / "notes.txt").write_text("not a piece")
    data = read_pieces(tmp_path)
    assert data.shown == {"train": ["a.npz", "b.npz"], "validation": ["c.npz"], "test": ["d.npz"]}
    np.testing.assert_array_equal(data.rolls["test"][0].numpy(), ~ROLL)
    notes = " / ".join(data.description["notes"])
    assert "1 files that are no pieces were left alone" in notes
    assert "1 of 1 pieces of the validation split are in training too" in notes
    assert "pieces of 3 to 4 frames" in notes


def test_a_folder_without_a_test_has_no_test(tmp_path):
    lay(tmp_path, train_a=ROLL, validation_b=ROLL)
    assert set(read_pieces(tmp_path).rolls) == {"train", "validation"}


def test_pieces_of_one_folder_fall_into_splits_by_their_names(tmp_path):
    for number in range(60):
        np.savez(tmp_path / f"piece{number}.npz", roll=ROLL)
    data = read_pieces(tmp_path)
    assert sum(data.description["splits"].values()) == 60
    assert data.description["splits"]["train"] > 40
    assert "pieces fall into splits by their names" in data.description["notes"]
    (tmp_path / "piece0.npz").unlink()
    again = read_pieces(tmp_path)
    assert {split: set(names) - {"piece0.npz"} for split, names in data.shown.items()} == {
        split: set(names) for split, names in again.shown.items()
    }


def test_a_roll_of_pitches_is_that_of_keys(tmp_path):
    pitches = np.zeros((4, 128))
    pitches[:, 21:109] = ROLL
    lay(tmp_path, train_a=pitches, validation_b=ROLL)
    data = read_pieces(tmp_path)
    np.testing.assert_array_equal(data.rolls["train"][0].numpy(), ROLL)


@pytest.mark.parametrize("pitch", [20, 109])
def test_a_pitch_that_is_no_key_is_refused(tmp_path, pitch):
    pitches = np.zeros((4, 128))
    pitches[1, [60, pitch]] = 1
    lay(tmp_path, train_a=pitches, validation_b=ROLL)
    with pytest.raises(DataError, match=f"MIDI pitch {pitch}, which is no key"):
        read_pieces(tmp_path)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"path": None}, "needs data.path"),
        ({"path": "nowhere.mat"}, "cannot be read"),
        ({"frames_per_beat": 0}, "out of range"),
        ({"frames_per_beat": float("nan")}, "out of range"),
        ({"limit": 0}, "data.limit=0"),
    ],
)
def test_settings_out_of_range_are_one_sentence(tmp_path, settings, sentence):
    lay(tmp_path, train_a=ROLL, validation_b=ROLL)
    with pytest.raises(DataError, match=sentence):
        read_pieces(tmp_path, **settings)


def test_folders_that_lack_something_are_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"has no \.npz, \.mid, \.midi file"):
        read_pieces(tmp_path)
    lay(tmp_path, train_a=ROLL)
    with pytest.raises(DataError, match="has train and no validation"):
        read_pieces(tmp_path)
    (tmp_path / "validation").mkdir()
    with pytest.raises(DataError, match=r"validation has no \.npz"):
        read_pieces(tmp_path)
    (tmp_path / "validation" / "a.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"cannot be read as an \.npz file"):
        read_pieces(tmp_path)
    np.savez(tmp_path / "validation" / "a.npz", notes=ROLL)
    with pytest.raises(DataError, match="has no array roll: it has notes"):
        read_pieces(tmp_path)
    file = tmp_path / "a.wav"
    file.write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"neither a \.mat file nor a folder"):
        read_pieces(file)


def heard(folder, content, **settings):
    """The pitches of each frame of a MIDI file, by the reader of the folder."""
    pytest.importorskip("mido")
    lay(folder, validation_b=ROLL)
    (folder / "train").mkdir(exist_ok=True)
    (folder / "train" / "song.MID").write_bytes(content)
    data = read_pieces(folder, **settings)
    return [[21 + key for key in np.flatnonzero(frame)] for frame in data.rolls["train"][0].numpy()], data.description["notes"]


ON, OFF = 0x90, 0x80


def test_notes_of_midi_lie_on_the_grid_of_the_beat(tmp_path):
    """480 ticks a beat, two frames a beat: a frame is 240 ticks. C4 sounds for two beats, E4 for the second; then a rest, then
    G4 so short that it rounds to nothing, which keeps one frame."""
    frames, notes = heard(
        tmp_path,
        midi(
            (0, ON, 60, 90), (480, ON, 64, 90), (480, OFF, 60, 0), (0, ON, 64, 0),
            (240, ON, 67, 90), (10, OFF, 67, 0),
        ),
    )  # fmt: skip
    assert frames == [[60], [60], [60, 64], [60, 64], [], [67]]
    assert "1 MIDI files, 2 frames a beat, whatever the tempo" in notes


def test_frames_a_beat_can_be_chosen_and_the_tempo_changes_nothing(tmp_path):
    slow = (0, 0xFF, 0x51, 3, 0x1E, 0x84, 0x80)  # two seconds a beat
    frames, _ = heard(
        tmp_path, midi(slow, (0, ON, 60, 90), (480, OFF, 60, 0), (0, ON, 62, 9), (240, OFF, 62, 0)), frames_per_beat=4
    )
    assert frames == [[60]] * 4 + [[62]] * 2


def test_a_note_struck_again_or_never_ended_is_heard(tmp_path):
    frames, _ = heard(tmp_path, midi((0, ON, 60, 90), (240, ON, 60, 90), (240, ON, 62, 90), (240, 0xB0, 7, 100)))
    assert frames == [[60], [60], [60, 62]]


def test_percussion_is_left_out_and_told(tmp_path):
    frames, notes = heard(tmp_path, midi((0, 0x99, 36, 90), (0, ON, 60, 90), (480, 0x89, 36, 0), (0, OFF, 60, 0)))
    assert frames == [[60], [60]]
    assert "1 notes of percussion were left out" in notes


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (midi(), "has no note;"),
        (midi((0, 0x99, 36, 90), (480, 0x89, 36, 0)), "no note but those of percussion"),
        (midi((0, ON, 12, 90), (480, OFF, 12, 0)), "MIDI pitch 12"),
        (midi((0, ON, 60, 90), (100, OFF, 60, 0)), "has 1 frame,"),
        (midi((0, ON, 60, 90), (480, OFF, 60, 0))[:-9], "cannot be read as a MIDI file"),
        (b"", "cannot be read as a MIDI file"),
        (b"MThd but nothing", "cannot be read as a MIDI file"),
        (midi((0, ON, 60, 90), (480, OFF, 60, 0), ticks=0), "counts no beats"),
        (midi((0, ON, 60, 90), (480, OFF, 60, 0), ticks=0xE728), "counts no beats"),
        (midi((0, ON, 60, 90), (480, OFF, 60, 0), kind=2), "counts no beats"),
    ],
)
def test_midi_that_is_no_piece_is_one_sentence(tmp_path, content, sentence):
    with pytest.raises(DataError, match=sentence) as refused:
        heard(tmp_path, content)
    assert "\n" not in str(refused.value)


def test_the_command_reads_a_folder(compose, tmp_path):
    lay(tmp_path, train_a=ROLL, validation_b=ROLL)
    task = make_task(compose("task=music", "data=piano_rolls", f"data.path={tmp_path}"))
    assert task.splits() == ["validation"]


def test_a_folder_that_is_no_split_is_refused_beside_those_that_are(tmp_path):
    lay(tmp_path, train_a=ROLL, validation_b=ROLL, tests_c=ROLL)
    with pytest.raises(DataError, match=r"has tests beside train, validation, which would not be read: name it train, valid"):
        read_pieces(tmp_path)
