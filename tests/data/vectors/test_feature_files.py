"""Features with captions from .npz and .csv: what is read, how frames become a vector, and what is refused."""

import numpy as np
import pytest
import torch

from bench.build import call
from bench.data.vectors.feature_files import feature_files
from bench.errors import DataError

TEXT = {"level": "symbols", "lowercase": False, "min_frequency": 1, "subwords": 300, "unknown": "unk"}
FEATURES, CAPTIONS = np.arange(6.0).reshape(3, 2), np.array(["a b", "c", "a c"])


@pytest.fixture
def read_features(tmp_path):
    """read_features(trained, held_out, **options): data of two files of these arrays or texts.

    Of one file twice where one is given.
    """

    def write(name, content):
        path = tmp_path / f"{name}.{'csv' if isinstance(content, str) else 'npz'}"
        if isinstance(content, str):
            path.write_text(content)
        else:
            np.savez(path, **content)
        return path.name

    def make(trained, held_out=None, **options):
        files = {"train": write("train", trained), "validation": write("validation", held_out or trained), "test": None}
        settings = {"caption": "caption", "standardise": False, "limit": None, "text": TEXT}
        return call(feature_files, {"name": "feature_files", "folder": str(tmp_path), **files, **settings, **options})

    return make


def vectors(data, split="train"):
    ids = data.ids[split]
    return ids.features_NF[ids.vector_R].tolist()


def test_both_kinds_of_file_say_the_same(read_features):
    packed = read_features({"features": FEATURES, "captions": CAPTIONS})
    text = read_features('x,caption,y\n0,a b,1\n2,"c",3\n\n4,a c,5\n')
    assert vectors(packed) == vectors(text) == FEATURES.tolist()
    assert packed.references == text.references
    assert packed.references["train"] == [["a b"], ["c"], ["a c"]]
    named = text.description | {"notes": [note for note in text.description["notes"] if note != "features: x, y"]}
    assert packed.description == named != text.description


@pytest.mark.parametrize("heading", ["", "id", "image_id", "Unnamed: 0", "number"])
def test_a_column_that_numbers_the_rows_is_no_feature_and_is_told(read_features, heading):
    plain = read_features("x,caption\n" + "".join(f"{row * row},a b\n" for row in range(9)))
    numbered = read_features(f"{heading},x,caption\n" + "".join(f"{row},{row * row},a b\n" for row in range(9)))
    assert vectors(numbered) == vectors(plain)
    assert f"{heading or 'column 0'} numbers the rows and is no feature" in numbered.description["notes"]
    ids = read_features("image_id,x,caption\n" + "".join(f"{391 - 7 * row},{row * row},a b\n" for row in range(9)))
    assert vectors(ids) == vectors(plain)
    kept = read_features(
        "id,x,caption\n" + "".join(f"{row % 3},{row * row},a b\n" for row in range(9))
    )  # twice the same: no id
    assert vectors(kept)[4] == [1, 16]


def test_features_belong_together_by_their_names(read_features):
    train = "x,y,caption\n1,2,a\n3,5,b\n"
    turned = read_features(train, "caption,y,x\na,2,1\nb,5,3\n")
    assert vectors(turned, "validation") == [[1, 2], [3, 5]]
    with pytest.raises(DataError, match=r"the validation file has 2 features a row \(x, z\) and the train file 2 \(x, y\)"):
        read_features(train, "x,z,caption\n1,2,a\n")


def test_the_vector_of_frames_is_the_mean_of_the_valid_ones(read_features):
    frames = np.array([[[2.0], [4.0], [np.nan]], [[3.0], [9.0], [6.0]]])
    data = read_features({"features": frames, "captions": np.array(["a", "b"]), "lengths": np.array([2, 3])})
    assert vectors(data) == [[3.0], [6.0]]
    assert vectors(read_features({"features": frames[1:], "captions": np.array(["b"])})) == [[6.0]]


def test_several_captions_train_each_and_are_all_references(read_features):
    captions = np.array([["a", "b c"], ["c", ""], ["b", "a"]])
    data = read_features({"features": FEATURES, "captions": captions})
    assert data.references["train"] == [["a"], ["b c"], ["c"], ["b"], ["a"]]
    assert vectors(data) == [FEATURES[row].tolist() for row in (0, 0, 1, 2, 2)]
    assert data.references["validation"] == [["a", "b c"], ["c"], ["b", "a"]]
    assert vectors(data, "validation") == FEATURES.tolist()
    limited = read_features({"features": FEATURES, "captions": captions}, limit=2)
    assert limited.references["train"] == [["a"], ["b c"], ["c"]]


def test_features_are_standardised_by_the_training_split(read_features):
    constant = np.concatenate([FEATURES, np.full((3, 1), 7.0)], 1)
    held_out = {"features": constant[:1] + 1, "captions": CAPTIONS[:1]}
    data = read_features({"features": constant, "captions": CAPTIONS}, held_out, standardise=True)
    trained = torch.tensor(vectors(data))
    torch.testing.assert_close(trained.mean(0), torch.zeros(3))
    torch.testing.assert_close(trained.std(0, correction=0), torch.tensor([1.0, 1.0, 0.0]))
    expected = (constant[0] + 1 - constant.mean(0)) / np.where(constant.std(0) == 0, 1, constant.std(0))
    assert vectors(data, "validation")[0] == pytest.approx(expected.tolist(), rel=1e-5)


def test_unknown_words_are_counted(read_features):
    data = read_features(
        {"features": FEATURES, "captions": CAPTIONS}, {"features": FEATURES[:1], "captions": np.array(["a zebra"])}
    )
    assert data.description["notes"] == [
        "a vector has 2 features",
        "1 of 1 vectors of the validation split are in training too",
        "1 symbols of the validation split are not in the vocabulary and were read as unknown",
    ]


@pytest.mark.parametrize(
    ("trained", "options", "sentence"),
    [
        ({"captions": CAPTIONS}, {}, r"has no array features: it has captions"),
        ({"features": FEATURES, "captions": CAPTIONS[:2]}, {}, r"captions of .* are of shape \(2,\)"),
        ({"features": FEATURES[0], "captions": CAPTIONS}, {}, r"features of .* are of shape \(2,\)"),
        ({"features": np.full((3, 2), np.inf), "captions": CAPTIONS}, {}, r"no finite number"),
        ({"features": FEATURES, "captions": np.array(["a", "", "b"])}, {}, r"row 1 of .* has no caption"),
        ({"features": FEATURES[:, None], "captions": CAPTIONS, "lengths": np.array([0, 1, 1])}, {}, r"lengths of .* refused"),
        ({"features": FEATURES[:, None], "captions": CAPTIONS, "lengths": np.array([1.9, 1, 1])}, {}, r"lengths of .* refused"),
        ({"features": FEATURES[:, None], "captions": CAPTIONS, "lengths": np.array(["x"] * 3)}, {}, r"lengths of .* refused"),
        ({"features": FEATURES, "captions": np.array(["a", " ", "b"])}, {}, r"row 1 of .* has no caption"),
        ("x,caption\n1,a\n2,  \n", {}, r"row 1 of .* has no caption"),
        ({"features": FEATURES, "captions": np.array([None] * 3)}, {}, r"as texts and not as objects"),
        ("x,y\n1,2\n", {}, r"^data\.caption=caption is no column of .*: give one of x, y"),
        ("x,caption\none,a\n", {}, r"line 2 of .* has 'one' in the column x, where a number is needed"),
        ("x,caption\n1,a,3\n", {}, r"line 2 of .* has 3 values under 2 headings"),
        ("x,caption\n", {}, r"has no row"),
        ("x,caption\n2012_03,a\n", {}, r"line 2 of .* has '2012_03' in the column x"),
        ("x,caption\n1,a\n\nnan,a\n", {}, r"line 4 of .* has 'nan' in the column x"),
        ('x,caption\n"1,234",a\n', {}, r"line 2 of .* has '1,234' in the column x"),
        ("caption,caption,x\na,b,1\n", {}, r"is no column of .*, or several"),
        ("x,caption\r1,a\r", {}, r"line 1 of .* has a carriage return inside"),
        ('x,caption\n1,"a\n', {}, r"line 2 of .* is no row of cells"),
        ("x,caption\n1e300,a\n", {}, r"beyond what float32 holds"),
        ("x,caption\n1,a\n", {"train": None}, r"needs data\.train"),
        ("x,caption\n1,a\n", {"train": "train.txt"}, r"is neither \.npz nor \.csv"),
        ("x,caption\n1,a\n", {"train": "other.npz"}, r"other\.npz cannot be read"),
        ("x,caption\n1,a\n", {"held_out": "x,y,caption\n1,2,a\n"}, r"the validation file has 2 features a row"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(read_features, trained, options, sentence):
    with pytest.raises(DataError, match=sentence) as caught:
        read_features(trained, **{"held_out": "caption,x\na,1\n", **options})
    assert "\n" not in str(caught.value)


def test_features_that_are_large_beside_their_spread_keep_it(read_features):
    large = 1e8 + np.array([[0.0], [1.0], [3.0]])
    for trained in (
        {"features": large, "captions": CAPTIONS},
        {"features": large[:, None], "captions": CAPTIONS},
        "x,caption\n100000000,a b\n100000001,c\n100000003,a c\n",
    ):
        data = read_features(trained, standardise=True)
        expected = (large - large.mean()) / large.std()
        assert np.allclose(vectors(data), expected) and data.ids["train"].features_NF.dtype == torch.float32
    note = "1 features vary by less than float32 tells apart: data.standardise=true keeps that"
    assert note in read_features({"features": large, "captions": CAPTIONS}).description["notes"]
    assert not any("float32" in note for note in data.description["notes"])


@pytest.mark.parametrize("value", [7.0, 0.1, 0.0])
def test_a_feature_that_does_not_vary_is_told(read_features, value):
    data = read_features(
        {"features": np.concatenate([FEATURES, np.full((3, 1), value)], 1), "captions": CAPTIONS}, standardise=True
    )
    assert "1 features are the same in all of training (counted from 0: 2)" in data.description["notes"]
    assert [row[2] for row in vectors(data)] == pytest.approx([0, 0, 0], abs=1e-6)


@pytest.mark.parametrize("cut", [0, 3, 40, 200, -30, None])
def test_a_damaged_archive_is_one_sentence(tmp_path, read_features, cut):
    np.savez_compressed(
        tmp_path / "whole.npz", features=np.random.default_rng(0).normal(size=(40, 9)), captions=np.array(["a"] * 40)
    )
    content = (tmp_path / "whole.npz").read_bytes()
    flipped = content[:80] + bytes(255 - byte for byte in content[80:120]) + content[120:]
    (tmp_path / "bad.npz").write_bytes(flipped if cut is None else content[:cut])
    with pytest.raises(DataError, match=r"bad\.npz cannot be read \(") as caught:
        read_features({"features": FEATURES, "captions": CAPTIONS}, train="bad.npz")
    assert "\n" not in str(caught.value)
