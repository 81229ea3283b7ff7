"""The .mat files of three splits: what is read, and one sentence for each file that cannot be."""

import io

import numpy as np
import pytest
import scipy.io

from bench.config.factory import make_task
from bench.data.music import matlab
from bench.errors import DataError

KEYS = ("traindata", "validdata", "testdata")


def piece(*frames, width=88, dtype=np.uint8):
    """A roll in which each frame names the keys that sound."""
    values = np.zeros((len(frames), width), dtype=dtype)
    for row, keys in enumerate(frames):
        values[row, list(keys)] = 1
    return values


def cells(*pieces):
    row = np.empty((1, len(pieces)), dtype=object)
    row[0, :] = pieces
    return row


def saved(**arrays):
    content = io.BytesIO()
    scipy.io.savemat(content, arrays)
    return content.getvalue()


GOOD = piece([3, 4], [5], [])


def with_piece(values):
    return saved(traindata=cells(GOOD, values), validdata=cells(GOOD), testdata=cells(GOOD))


def test_pieces_keep_their_frames_and_their_order():
    second = piece([0], [87])
    rolls = matlab.rolls_of("x", "x.mat", saved(traindata=cells(GOOD, second), validdata=cells(second), testdata=cells(GOOD)))
    assert [name for name, _ in rolls["train"]] == ["traindata 1", "traindata 2"]
    np.testing.assert_array_equal(rolls["train"][0][1].numpy(), GOOD)
    np.testing.assert_array_equal(rolls["train"][1][1].numpy(), second)
    np.testing.assert_array_equal(rolls["validation"][0][1].numpy(), second)


def test_a_sparse_piece_is_read_as_a_full_one():
    rolls = matlab.rolls_of("x", "x.mat", with_piece(scipy.sparse.csc_matrix(GOOD.astype(float))))
    np.testing.assert_array_equal(rolls["train"][1][1].numpy(), GOOD)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (piece([3]), "piece 2 of traindata has 1 frame, of which nothing can be predicted"),
        (piece([3], [4], width=93), "has 93 columns, where 88 keys"),
        (piece([3], [4]).T, "seems to lie on its side"),
        (np.where(piece([3], [4]) > 0, np.nan, 0.0), "not finite"),
        (np.where(piece([3], [4]) > 0, np.inf, 0.0), "not finite"),
        (64 * piece([3], [4]), "has the number 64"),
        (-1.0 * piece([3], [4]), "has the number -1"),
        (piece([], []), "no note in any frame"),
        (np.zeros((0, 88)), "has 0 frames"),
        (np.zeros((3, 88), dtype=complex), "of shape"),
        (np.array(["a", "b"]), "of shape"),
    ],
)
def test_a_piece_that_is_none_is_one_sentence(values, sentence):
    with pytest.raises(DataError, match=sentence) as refused:
        matlab.rolls_of("x", "x.mat", with_piece(values))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", KEYS)
def test_a_split_that_is_missing_is_named_beside_what_there_is(missing):
    content = saved(**{key: cells(GOOD) for key in KEYS if key != missing})
    with pytest.raises(DataError, match=f"has no {missing}: it has"):
        matlab.rolls_of("x", "x.mat", content)


@pytest.mark.parametrize("end", [0, 3, 130, 200, 400])
def test_a_damaged_file_is_one_sentence(end):
    content = with_piece(GOOD)[:end] or b""
    with pytest.raises(DataError, match=r"cannot be read as a \.mat file|has no"):
        matlab.rolls_of("x", "x.mat", content)


def test_a_file_that_ends_its_reader_is_refused_by_the_signal(tmp_path, monkeypatch):
    program = tmp_path / "dies.py"
    program.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(matlab, "PROGRAM", program)
    with pytest.raises(DataError, match=r"x\.mat cannot be read as a \.mat file \(its reader ended by SIGSEGV\), so it is"):
        matlab.rolls_of("x", "x.mat", with_piece(GOOD))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_bytes_are_damaged_this_process_lives_and_says_what_it_read(seed):
    """Some of these end scipy's reader by a signal, as do files of the field whose copy broke off."""
    rng = np.random.default_rng(seed)
    content = bytearray(with_piece(GOOD))
    content[128:600] = rng.permutation(np.frombuffer(bytes(content[128:600]), np.uint8)).tobytes()
    with pytest.raises(DataError) as refused:
        matlab.rolls_of("x", "x.mat", bytes(content))
    assert "\n" not in str(refused.value) and "x.mat" in str(refused.value)


def test_numbers_in_place_of_cells_are_refused():
    with pytest.raises(DataError, match="give a row of cells"):
        matlab.rolls_of("x", "x.mat", saved(traindata=GOOD, validdata=cells(GOOD), testdata=cells(GOOD)))


@pytest.mark.parametrize(
    ("name", "pieces", "frames", "overlaps"),
    [
        ("jsb_chorales", (229, 76, 77), (13807, 4602, 4725), 0),
        ("nottingham", (694, 173, 170), (176561, 45513, 44463), 2),
        ("piano_midi", (87, 12, 25), (75911, 8540, 19036), 0),
    ],
)
def test_the_published_sets_are_those_that_were_counted(compose, data_folder, name, pieces, frames, overlaps):
    """Counted with scipy.io and numpy alone; MuseData is as the others, and takes longer."""
    task = make_task(compose("task=music", f"data={name}", f"paths.data={data_folder}"))
    described = task.describe_data()
    assert tuple(described["splits"].values()) == pieces
    assert described["source"] == "files"
    assert tuple(sum(map(len, rolls)) for rolls in task.data.rolls.values()) == frames
    assert sum("in training too" in note for note in described["notes"]) == overlaps
