"""Images: scikit-learn's digits, MNIST by a stand-in for the hub."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from bench.data.classes.images import digits, from_the_hub
from bench.errors import DataError

HUB = {
    "id": "x/y",
    "config": "y",
    "revision": "abc",
    "image": "image",
    "label": "label",
    "splits": {"train": ["train"], "test": ["test"]},
}


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
    data = from_the_hub(name="mnist", folder=None, hub=HUB, held_out=2, limit=None)
    assert data.description["splits"] == {"train": 4, "validation": 2, "test": 6} and data.pixels["test"].shape == (6, 4, 3)
    assert data.description["revision"] == "abc" and data.numbers["test"] == [0, 1, 0, 1, 0, 1]
    raw = torch.tensor([0.0, 10, 20, 30])
    assert data.pixels["validation"][:, 0, 0].tolist() == pytest.approx(
        ((torch.tensor([40.0, 50]) - raw.mean()) / raw.std(correction=0)).tolist()
    )
    with pytest.raises(DataError, match=r"^data\.held_out=6 is out of range: give a number of training images from 1 to 5"):
        from_the_hub(name="mnist", folder=None, hub=HUB, held_out=6, limit=None)


def test_images_of_two_sizes_or_colours_are_refused(hub):
    hub([(4, 3)] * 3 + [(5, 3)])
    with pytest.raises(
        DataError, match=r"^data=mnist: an image is 5 x 3 where the first is 4 x 3; give grey images of one size"
    ):
        from_the_hub(name="mnist", folder=None, hub=HUB, held_out=1, limit=None)
    hub([(4, 3, 3)] * 4)
    with pytest.raises(DataError, match=r"an image is 4 x 3 x 3 where"):
        from_the_hub(name="mnist", folder=None, hub=HUB, held_out=1, limit=None)
