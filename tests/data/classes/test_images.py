"""Images: scikit-learn's digits, MNIST by a stand-in for the hub and from idx files."""

import gzip
import struct

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from bench.data.classes.images import digits, with_test
from bench.data.sources.source import Origin, Places
from bench.errors import DataError

HUB = {
    "id": "x/y",
    "config": "y",
    "revision": "abc",
    "image": "image",
    "label": "label",
    "splits": {"train": ["train"], "test": ["test"]},
}
FILES = {"train": "images.gz", "train_labels": "labels", "test": "test_images", "test_labels": "test_labels.gz"}


def mnist(folder=None, held_out=1):
    places = Places("auto", files=FILES, hub=HUB, offline=None)
    return with_test(origin=Origin("mnist", folder, places), held_out=held_out, limit=None)


def test_each_digit_is_in_one_split_with_its_own_class():
    data = digits(name="digits", folder=None, limit=None)
    published = load_digits()
    train = data.pixels["train"]
    scale = 16 / (train.max() - train.min())  # pixels are 0 to 16
    actual = {}
    for split, images in data.pixels.items():
        raw = ((images - train.min()) * scale).round().numpy().astype(int)
        for image, number in zip(raw, data.numbers[split], strict=True):
            actual[image.tobytes()] = (data.classes[number], split)
    of_place = ["train"] * 1198 + ["validation"] * 300 + ["test"] * 299  # in the order of the set: by writers
    expected = {
        image.astype(int).tobytes(): (str(target), split)
        for image, target, split in zip(published.images, published.target, of_place, strict=True)
    }
    assert actual == expected
    assert sum(data.description["splits"].values()) == len(expected) == 1797  # no image twice
    assert train.double().mean().abs() < 1e-6 and train.double().std(correction=0) == pytest.approx(1)
    assert data.pixels["test"].mean().abs() > 1e-6  # standardised by training, not by itself


def test_the_digest_follows_the_limit_and_nothing_else():
    full, full_again, less = (digits(name="digits", folder=None, limit=limit).description for limit in (None, None, 500))
    assert full == full_again and full["sha256"] != less["sha256"] and less["splits"]["train"] == 500
    with pytest.raises(DataError, match=r"^data\.limit=0 is out of range: .* training images"):
        digits(name="digits", folder=None, limit=0)


@pytest.fixture
def hub(monkeypatch):
    import datasets

    def serve(shapes):
        def stand_in(id, config, *, split, revision):
            arrays = [np.full(shape, 10 * n, dtype=np.uint8) for n, shape in enumerate(shapes)]
            features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["0", "1"])})
            return datasets.Dataset.from_dict(
                {"image": arrays, "label": [n % 2 for n in range(len(shapes))]}, features=features
            )

        monkeypatch.setattr(datasets, "load_dataset", stand_in)

    return serve


def test_the_last_training_images_of_the_hub_validate(hub):
    hub([(4, 3)] * 6)
    data = mnist(held_out=2)
    assert data.description["splits"] == {"train": 4, "validation": 2, "test": 6} and data.pixels["test"].shape == (6, 4, 3)
    assert data.description["revision"] == "abc" and data.numbers["test"] == [0, 1, 0, 1, 0, 1]
    raw = torch.tensor([0.0, 10, 20, 30])
    assert data.pixels["validation"][:, 0, 0].tolist() == pytest.approx(
        ((torch.tensor([40.0, 50]) - raw.mean()) / raw.std(correction=0)).tolist()
    )
    with pytest.raises(DataError, match=r"^data\.held_out=6 is out of range: give a number of training images from 1 to 5"):
        mnist(held_out=6)


def test_images_of_two_sizes_or_colours_are_refused(hub):
    hub([(4, 3)] * 3 + [(5, 3)])
    with pytest.raises(
        DataError, match=r"^data=mnist: an image is 5 x 3 where the first is 4 x 3; give grey images of one size"
    ):
        mnist(held_out=1)
    hub([(4, 3, 3)] * 4)
    with pytest.raises(DataError, match=r"an image is 4 x 3 x 3 where"):
        mnist(held_out=1)


def write_idx(file, array):
    """As LeCun's page describes the format."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    content = header + array.astype(np.uint8).tobytes()
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)


@pytest.fixture
def idx(tmp_path):
    """Five training images and three of test, image n full of 10 n."""
    for split, count in (("", 5), ("test_", 3)):
        images = np.arange(count)[:, None, None] * np.full((1, 4, 3), 10)
        images[:, 0, 2] = 200
        names = [name for name in FILES.values() if name.startswith("test") == bool(split)]
        write_idx(tmp_path / names[0], images)
        write_idx(tmp_path / names[1], np.arange(count) % 2 + 7)
    return tmp_path


def test_idx_files_give_images_and_labels_row_by_row(idx):
    data = mnist(str(idx), held_out=2)
    assert data.description["splits"] == {"train": 3, "validation": 2, "test": 3} and data.description["source"] == "files"
    assert data.classes == ("7", "8") and data.numbers["validation"] == [1, 0]
    train = np.repeat([0.0, 10, 20], 11).tolist() + [200.0] * 3
    for image, row in ((3, 0), (4, 1)):
        pixels = data.pixels["validation"][row]
        assert pixels[0, 0] == pytest.approx((10 * image - np.mean(train)) / np.std(train), rel=1e-5)
        assert pixels[0, 2] == pytest.approx((200 - np.mean(train)) / np.std(train), rel=1e-5) and (pixels > 2).sum() == 1


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("labels", b"", "labels does not begin as an idx file of bytes does (00 00 08, here it is empty)"),
        ("labels", b"\x00\x00\x0d\x01", "labels does not begin as an idx file of bytes does (00 00 08, here 00 00 0d)"),
        ("labels", bytes([0, 0, 8, 3]) + bytes(12), "labels holds images where labels are needed; correct its name"),
        ("test_images", bytes([0, 0, 8, 1]) + bytes(4), "test_images holds labels where images are needed; correct its name"),
        (
            "labels",
            bytes([0, 0, 8, 1, 0, 0, 0, 5]) + bytes(4),
            "labels has 12 bytes where its header, 5, needs 13; it is damaged",
        ),
        ("labels", bytes([0, 0, 8, 1, 0, 0]), "labels has 6 bytes where its header, 0, needs 8; it is damaged"),
        ("labels", bytes([0, 0, 8, 1, 0, 0, 0, 3]) + bytes(3), "holds 5 images and"),
    ],
)
def test_an_idx_file_that_is_not_what_it_should_be_is_refused(idx, file, content, sentence):
    (idx / file).write_bytes(content)
    with pytest.raises(DataError) as refused:
        mnist(str(idx))
    assert sentence in str(refused.value)


def test_mnist_itself_is_read(data_folder):
    places = Places("files", files={key: f"mnist/{name}" for key, name in MNIST.items()}, hub=None, offline=None)
    data = with_test(origin=Origin("mnist", str(data_folder), places), held_out=10_000, limit=None)
    assert data.description["splits"] == {"train": 50_000, "validation": 10_000, "test": 10_000}
    counts = np.bincount(data.numbers["test"]).tolist()
    assert counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # of each digit, as published
    assert [data.classes[number] for number in data.numbers["train"][:5]] == ["5", "0", "4", "1", "9"]


MNIST = {
    "train": "train-images-idx3-ubyte.gz",
    "train_labels": "train-labels-idx1-ubyte.gz",
    "test": "t10k-images-idx3-ubyte.gz",
    "test_labels": "t10k-labels-idx1-ubyte.gz",
}
