"""Features from characters against their equations, word by word."""

import pytest
import torch
from processor import needs_bf16
from torch import Tensor
from torch.nn import functional as F

from bench.nets.parts.character_features import (
    CharacterCNN,
    CharacterFeatures,
    CharacterLSTM,
    CharacterSettings,
    character_features,
)

COUNT = 20
LENGTHS = [3, 1, 0, 9, 4, 2, 9]
OPTIONS = {"kind": "cnn", "embedding_size": 5, "size": 6, "width": 3, "dropout": 0.0}


def make(kind: str, **options: object) -> CharacterFeatures:
    features = character_features(COUNT, CharacterSettings(**OPTIONS | {"kind": kind, **options}))
    assert features is not None
    return features


def ragged(lengths: list[int], junk: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    ids_UC = torch.randint(1, COUNT, (len(lengths), max(lengths)), generator=generator)
    lengths_U = torch.tensor(lengths)
    return ids_UC.masked_fill(torch.arange(max(lengths)) >= lengths_U[:, None], junk), lengths_U


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_the_convolution_is_the_largest_over_the_windows_of_each_word(width: int) -> None:
    net, (ids_UC, lengths_U) = make("cnn", width=width), ragged(LENGTHS)
    assert isinstance(net, CharacterCNN)
    expected = []
    for ids_C, length in zip(ids_UC, LENGTHS, strict=True):
        e_CE = F.pad(net.embedding(ids_C[:length]), (0, 0, (width - 1) // 2, width // 2))
        windows = [net.filters(e_CE[start : start + width].flatten()) for start in range(length)]
        expected.append(torch.stack(windows).amax(0) if windows else torch.zeros(6))
    torch.testing.assert_close(net(ids_UC, lengths_U), torch.stack(expected))


def test_the_lstm_reads_each_word_to_its_end_from_both_sides() -> None:
    net, (ids_UC, lengths_U) = make("lstm"), ragged(LENGTHS)
    assert isinstance(net, CharacterLSTM)
    forward, backward = net.stack.forward_cells[0], net.stack.backward_cells[0]
    expected = []
    for ids_C, length in zip(ids_UC, LENGTHS, strict=True):
        e_1CE = net.embedding(ids_C[:length]).unsqueeze(0)
        sides = [cell.lstm(x_1CE)[1][0].flatten() for cell, x_1CE in ((forward, e_1CE), (backward, e_1CE.flip(1))) if length]
        expected.append(torch.cat(sides) if sides else torch.zeros(6))
    torch.testing.assert_close(net(ids_UC, lengths_U), torch.stack(expected))


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_padding_is_never_read(kind: str) -> None:
    """Neither ids that no character has, nor more of it; gradients included."""
    net = make(kind)
    weight_UF = torch.randn(len(LENGTHS), 6)
    runs = []
    for junk, more in ((0, 0), (10**6, 0), (-7, 4)):
        ids_UC, lengths_U = ragged(LENGTHS, junk)
        features_UF = net(F.pad(ids_UC, (0, more), value=junk), lengths_U)
        runs.append([features_UF, *torch.autograd.grad((features_UF * weight_UF).sum(), list(net.parameters()))])
    for other in runs[1:]:
        for expected, actual in zip(runs[0], other, strict=True):
            torch.testing.assert_close(expected, actual)


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_a_word_does_not_depend_on_the_others(kind: str) -> None:
    net, (ids_UC, lengths_U) = make(kind), ragged(LENGTHS)
    together_UF = net(ids_UC, lengths_U)
    for row in range(len(LENGTHS)):
        torch.testing.assert_close(net(ids_UC[row : row + 1], lengths_U[row : row + 1]), together_UF[row : row + 1])


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_gradients_are_those_of_finite_differences(kind: str) -> None:
    net, (ids_UC, lengths_U) = make(kind, embedding_size=2, size=2).double(), ragged([3, 1, 0, 4])
    names = [name for name, _ in net.named_parameters()]

    def of(*parameters: Tensor) -> Tensor:
        values = dict(zip(names, parameters, strict=True))
        features_UF: Tensor = torch.func.functional_call(net, values, (ids_UC, lengths_U))
        return features_UF

    parameters = [parameter.detach().requires_grad_() for parameter in net.parameters()]
    assert torch.autograd.gradcheck(of, parameters)


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_dropout_acts_on_the_embeddings_in_training_alone(kind: str) -> None:
    net, (ids_UC, lengths_U) = make(kind, dropout=0.5), ragged(LENGTHS)
    assert not torch.equal(net(ids_UC, lengths_U), net(ids_UC, lengths_U))
    dropped = net._dropped(torch.full((200, 50), 3.0))
    assert set(dropped.unique().tolist()) == {0.0, 6.0}
    assert float(dropped.mean()) == pytest.approx(3.0, rel=0.05)
    net.eval()
    assert torch.equal(net(ids_UC, lengths_U), net(ids_UC, lengths_U))


def test_all_dropped_is_zero_and_not_nan() -> None:
    net, (ids_UC, lengths_U) = make("cnn", dropout=1.0), ragged([3, 5])
    assert isinstance(net, CharacterCNN)
    torch.testing.assert_close(net(ids_UC, lengths_U), net.filters.bias.expand(2, -1))


@needs_bf16
@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_runs_under_autocast(kind: str) -> None:
    net, (ids_UC, lengths_U) = make(kind), ragged(LENGTHS)
    exact_UF = net(ids_UC, lengths_U)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(net(ids_UC, lengths_U).float(), exact_UF, rtol=0.05, atol=0.05)


def test_a_word_of_thousands_of_characters_costs_its_own_length() -> None:
    """Filled up to a rectangle the windows alone would be 800 x 20,000 x 15 numbers, 960 MB."""
    net, lengths_U = make("cnn"), torch.ones(800, dtype=torch.int64)
    assert isinstance(net, CharacterCNN)
    lengths_U[5] = 20_000
    rows: list[int] = []
    net.filters.register_forward_hook(lambda _module, _inputs, features_PF: rows.append(len(features_PF)))
    net(torch.ones(800, 20_000, dtype=torch.int64), lengths_U)
    assert rows == [20_000 + 799 + 799]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"kind": "transformer"}, "net.characters.kind='transformer'"),
        ({"kind": "lstm", "size": 7}, "net.characters.size=7"),
        ({"kind": "cnn", "width": 0}, "net.characters.width=0"),
        ({"kind": "cnn", "size": 0}, "net.characters.size=0"),
        ({"kind": "cnn", "embedding_size": 0}, "net.characters.embedding_size=0"),
        ({"kind": "lstm", "dropout": 1.5}, "net.characters.dropout=1.5"),
    ],
)
def test_a_value_out_of_range_is_refused(options: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} is refused"):
        character_features(COUNT, CharacterSettings(**OPTIONS | options))


def test_none_is_nothing() -> None:
    assert character_features(COUNT, CharacterSettings(**OPTIONS | {"kind": "none"})) is None
