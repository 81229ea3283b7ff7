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
def read(tmp_path):
    """read(trained, held_out, **options): data of two files of these arrays or texts, of one twice where one is given."""

    def write(name, content):
        place = tmp_path / f"{name}.{'csv' if isinstance(content, str) else 'npz'}"
        if isinstance(content, str):
            place.write_text(content)
        else:
            np.savez(place, **content)
        return place.name

    def make(trained, held_out=None, **options):
        files = {"train": write("train", trained), "validation": write("validation", held_out or trained), "test": None}
        given = {"caption": "caption", "standardise": False, "limit": None, "text": TEXT}
        return call(feature_files, {"name": "feature_files", "folder": str(tmp_path), **files, **given, **options})

    return make


def vectors(data, split="train"):
    ids = data.ids[split]
    return ids.features_NF[ids.vector_R].tolist()


def test_both_kinds_of_file_say_the_same(read):
    packed = read({"features": FEATURES, "captions": CAPTIONS})
    text = read('x,caption,y\n0,a b,1\n2,"c",3\n\n4,a c,5\n')
    assert vectors(packed) == vectors(text) == FEATURES.tolist()
    assert packed.references == text.references
    assert packed.references["train"] == [["a b"], ["c"], ["a c"]]
    assert packed.description == text.description


def test_the_vector_of_frames_is_the_mean_of_the_valid_ones(read):
    frames = np.array([[[2.0], [4.0], [np.nan]], [[3.0], [9.0], [6.0]]])
    data = read({"features": frames, "captions": np.array(["a", "b"]), "lengths": np.array([2, 3])})
    assert vectors(data) == [[3.0], [6.0]]
    assert vectors(read({"features": frames[1:], "captions": np.array(["b"])})) == [[6.0]]


def test_several_captions_train_each_and_are_all_references(read):
    captions = np.array([["a", "b c"], ["c", ""], ["b", "a"]])
    data = read({"features": FEATURES, "captions": captions})
    assert data.references["train"] == [["a"], ["b c"], ["c"], ["b"], ["a"]]
    assert vectors(data) == [FEATURES[row].tolist() for row in (0, 0, 1, 2, 2)]
    assert data.references["validation"] == [["a", "b c"], ["c"], ["b", "a"]]
    assert vectors(data, "validation") == FEATURES.tolist()
    limited = read({"features": FEATURES, "captions": captions}, limit=2)
    assert limited.references["train"] == [["a"], ["b c"], ["c"]]


def test_features_are_standardised_by_the_training_split(read):
    constant = np.concatenate([FEATURES, np.full((3, 1), 7.0)], 1)
    held_out = {"features": constant[:1] + 1, "captions": CAPTIONS[:1]}
    data = read({"features": constant, "captions": CAPTIONS}, held_out, standardise=True)
    trained = torch.tensor(vectors(data))
    torch.testing.assert_close(trained.mean(0), torch.zeros(3))
    torch.testing.assert_close(trained.std(0, correction=0), torch.tensor([1.0, 1.0, 0.0]))
    expected = (constant[0] + 1 - constant.mean(0)) / np.where(constant.std(0) == 0, 1, constant.std(0))
    assert vectors(data, "validation")[0] == pytest.approx(expected.tolist(), rel=1e-5)


def test_unknown_words_are_counted(read):
    data = read({"features": FEATURES, "captions": CAPTIONS}, {"features": FEATURES[:1], "captions": np.array(["a zebra"])})
    assert data.description["notes"] == ["1 symbols of the validation split are not in the vocabulary and were read as unknown"]


@pytest.mark.parametrize(
    ("trained", "options", "said"),
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
        ("x,caption\none,a\n", {}, r"row 0 of .* has a feature that is no number"),
        ("x,caption\n1,a,3\n", {}, r"row 0 of .* has 3 values under 2 headings"),
        ("x,caption\n", {}, r"has no row"),
        ("x,caption\n1,a\n", {"train": None}, r"needs data\.train"),
        ("x,caption\n1,a\n", {"train": "train.txt"}, r"is neither \.npz nor \.csv"),
        ("x,caption\n1,a\n", {"train": "other.npz"}, r"other\.npz cannot be read"),
        ("x,caption\n1,a\n", {"held_out": "x,y,caption\n1,2,a\n"}, r"the validation file has 2 features a row"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(read, trained, options, said):
    with pytest.raises(DataError, match=said) as caught:
        read(trained, **{"held_out": "caption,x\na,1\n", **options})
    assert "\n" not in str(caught.value)
