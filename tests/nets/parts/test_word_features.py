"""What is known of a word, side by side; word dropout; sharing between the places of a word."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bench.data.tags.sentences import TagBatch
from bench.nets.parts.character_features import CharacterSettings
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.word_features import WordFeatures, WordSettings
from bench.word_vectors.vectors import Coverage

CHARACTERS = CharacterSettings("cnn", embedding_size=4, size=6, width=3, dropout=0.0)
TEXT = ("the cat saw the Cat", "Rome", "Anna may saw Rome in the the")

MakeBatch = Callable[..., TagBatch]


def make_features(inventory: Inventory, **options: object) -> WordFeatures:
    settings: dict[str, object] = {
        "embedding_size": 5,
        "characters": CHARACTERS,
        "capitals": 2,
        "vectors": None,
        "word_dropout": 0.0,
    }
    return WordFeatures(inventory, WordSettings(**{**settings, **options}))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_reading_each_distinct_word_once_equals_reading_every_place(
    kind: str, make_batch: MakeBatch, inventory: Inventory
) -> None:
    features, batch = make_features(inventory, characters=replace(CHARACTERS, kind=kind)), make_batch(*TEXT)
    x_BTI = features(batch)
    assert x_BTI.shape == (3, 7, 5 + 6 + 2)
    assert features.size == 13
    assert features.characters is not None
    for row, sentence in enumerate(TEXT):
        for position, word in enumerate(sentence.split()):
            alone = make_batch(word)
            parts = [
                features.embedding(batch.words_BT[row, position]),
                features.characters(alone.characters_UC, alone.character_lengths_U)[0],
                features.shapes(alone.shapes_BT[0, 0]),  # type: ignore[misc]
            ]
            torch.testing.assert_close(x_BTI[row, position], torch.cat(parts))


def test_the_places_of_a_word_add_their_gradients(make_batch: MakeBatch, inventory: Inventory) -> None:
    words = ["cat", "saw", "cat", "saw", "cat"]
    features, batch = make_features(inventory), make_batch(" ".join(words))
    weight_BTI = torch.randn(1, 5, features.size)
    assert features.characters is not None
    filters = features.characters.get_parameter("filters.weight")
    (shared,) = torch.autograd.grad((features(batch) * weight_BTI).sum(), filters)
    losses = [(features(make_batch(word)) * weight_BTI[:, t : t + 1]).sum() for t, word in enumerate(words)]
    torch.testing.assert_close(shared, torch.autograd.grad(torch.stack(losses).sum(), filters)[0])


def test_what_is_not_asked_for_is_not_there(make_batch: MakeBatch, inventory: Inventory) -> None:
    features = make_features(inventory, characters=replace(CHARACTERS, kind="none"), capitals=0)
    assert [name for name, _ in features.named_parameters()] == ["embedding.weight"]
    assert features(make_batch(*TEXT)).shape == (3, 7, features.size) == (3, 7, 5)


def test_word_dropout_reads_a_share_of_the_words_as_unknown_in_training(make_batch: MakeBatch, inventory: Inventory) -> None:
    features = make_features(inventory, word_dropout=0.3)
    batch = make_batch(*["the cat saw Rome in may"] * 500)
    plain_BTI = features.eval()(batch)
    x_BTI = features.train()(batch)
    unknown_BT = (x_BTI[:, :, :5] == features.embedding.weight[0]).all(2)
    assert float(unknown_BT.float().mean()) == pytest.approx(0.3, abs=0.03)
    assert float(unknown_BT.float().mean(0).std()) < 0.05
    assert 0.05 < float(unknown_BT.all(1).float().mean() + (~unknown_BT).all(1).float().mean()) < 0.25
    torch.testing.assert_close(x_BTI[~unknown_BT], plain_BTI[~unknown_BT])
    torch.testing.assert_close(x_BTI[:, :, 5:], plain_BTI[:, :, 5:])


def test_vectors_of_a_file_are_the_first_embedding(tmp_path: Path, inventory: Inventory) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("cat 1 2 3 4 5\nanna 5 4 3 2 1\nunheard 0 0 0 0 0\n")
    assert make_features(inventory).coverage is None
    features, words = make_features(inventory, vectors=str(path)), inventory.words
    assert features.coverage == Coverage(len(words), 1, 1)
    assert features.embedding.weight[words.index("cat") + 1].tolist() == [1, 2, 3, 4, 5]
    assert features.embedding.weight[words.index("Anna") + 1].tolist() == [5, 4, 3, 2, 1]
    assert features.embedding.weight.requires_grad


def test_words_beyond_the_vocabulary_are_read_by_their_vectors_and_by_none_in_training(
    tmp_path: Path, make_batch: MakeBatch, inventory: Inventory
) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("cat 1 2 3 4 5\nzebra 5 4 3 2 1\n")
    features = make_features(replace(inventory, beyond=["zebra"]), vectors=str(path))
    batch = make_batch("the cat saw")
    batch = replace(batch, words_BT=torch.tensor([[0, 0, 1]]), beyond_BT=torch.tensor([[1, 0, 0]]))
    read_TI = features.eval()(batch)[0, :, :5]
    unknown_I = features.embedding.weight[0]
    assert read_TI[0].tolist() == [5, 4, 3, 2, 1]
    assert torch.equal(read_TI[1], unknown_I) and torch.equal(read_TI[2], features.embedding.weight[1])
    assert torch.equal(features.train()(batch)[0, 0, :5], unknown_I)
    assert "beyond_KI" not in features.state_dict()
    assert list(features.know(["absent"])) == [] and len(features.beyond_KI) == 1


def test_words_start_fainter_than_characters(inventory: Inventory) -> None:
    """A rare word's row stays about where it starts: as noise, which must not drown the rest."""
    features = make_features(replace(inventory, words=[str(n) for n in range(500)]), embedding_size=64)
    assert features.characters is not None
    assert float(features.embedding.weight.detach().std()) == pytest.approx(1 / 8, rel=0.1)
    assert float(features.characters.embedding.weight.detach().std()) == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"word_dropout": -0.1}, "net.word_dropout=-0.1"),
        ({"embedding_size": 0}, "net.embedding_size=0"),
        ({"capitals": -2}, "net.capitals=-2"),
    ],
)
def test_a_value_out_of_range_is_refused(options: dict[str, object], named: str, inventory: Inventory) -> None:
    with pytest.raises(ValueError, match=f"^{named} is refused"):
        make_features(inventory, **options)
