"""The pooled net against a plain reading of each row by itself."""

from dataclasses import dataclass, replace
from math import log

import pytest
import torch
from torch import Tensor

from bench.cells.gru import GRU
from bench.nets.parts.dropout import DropoutAtEnds, no_dropout
from bench.nets.parts.pooling import KINDS, Pooling
from bench.nets.parts.stack import Stack
from bench.nets.pooled import Ends, Pooled

V, K = 7, 5
LENGTHS = [6, 1, 4]


@dataclass
class Rows:
    inputs_BT: Tensor
    targets_B: Tensor
    lengths_B: Tensor | None


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def make_net(
    pooling: str = "last",
    *,
    ends: Ends | None = None,
    direction: str = "forward",
    embedding_size: int | None = None,
    dropout: tuple[float, float] = (0.0, 0.0),
) -> Pooled:
    def make_stack(input_size: int) -> Stack:
        return Stack(
            lambda inputs, hidden: GRU(inputs, hidden, recurrent_init="orthogonal"),
            input_size=input_size,
            hidden_size=8,
            depth=2,
            direction=direction,
            dropout=no_dropout(),
        )

    return Pooled(
        make_stack=make_stack,
        ends=ends or Ends(inputs=V, outputs=K, tokens=True, numbers=False),
        embedding_size=embedding_size,
        pooling=pooling,
        dropout=DropoutAtEnds(*dropout),
    )


def rows() -> Rows:
    return Rows(torch.randint(V, (3, 6)), torch.randint(K, (3,)), torch.tensor(LENGTHS))


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("pooling", KINDS)
def test_a_row_is_answered_as_if_it_were_alone_and_unpadded(pooling: str, direction: str) -> None:
    net, batch = make_net(pooling, direction=direction), rows()
    together_BK = net.answers(batch)
    for row, length in enumerate(LENGTHS):
        alone = Rows(batch.inputs_BT[row : row + 1, :length], batch.targets_B[row : row + 1], None)
        torch.testing.assert_close(net.answers(alone)[0], together_BK[row])


@pytest.mark.parametrize("pooling", KINDS)
def test_junk_in_the_padding_changes_neither_loss_nor_gradient(pooling: str) -> None:
    net, batch = make_net(pooling, ends=Ends(inputs=3, outputs=K, tokens=False, numbers=False)), rows()
    padding_BT = torch.arange(6) >= torch.tensor(LENGTHS)[:, None]
    numbers_BTI = torch.randn(3, 6, 3)
    runs = []
    for junk in (0.0, float("nan")):
        spoilt = replace(batch, inputs_BT=numbers_BTI.masked_fill(padding_BT.unsqueeze(2), junk))
        (loss, _), _ = net.loss(spoilt, None)
        runs.append([loss, *torch.autograd.grad(loss, list(net.parameters()), allow_unused=True)])
    for first, second in zip(*runs, strict=True):
        if first is not None:
            torch.testing.assert_close(first, second)


def test_poolings_are_what_they_are_called() -> None:
    y_BTH, lengths_B = torch.randn(2, 3, 4), torch.tensor([3, 2])
    valid = [y_BTH[0], y_BTH[1, :2]]
    for kind, expected in (
        ("last", [part[-1] for part in valid]),
        ("mean", [part.mean(0) for part in valid]),
        ("max", [part.amax(0) for part in valid]),
    ):
        torch.testing.assert_close(Pooling(kind, width=4, bidirectional=False)(y_BTH, lengths_B), torch.stack(expected))
    attentive = Pooling("attention", width=4, bidirectional=False)
    expected = []
    for part_TH in valid:
        score_T = torch.tanh(part_TH @ attentive.key.weight.T + attentive.key.bias) @ attentive.query_H
        expected.append(score_T.softmax(0) @ part_TH)
    torch.testing.assert_close(attentive(y_BTH, lengths_B), torch.stack(expected))


def test_the_last_of_a_bidirectional_stack_is_what_each_direction_ends_with() -> None:
    net, batch = make_net(direction="bidirectional"), rows()
    x_BTI = net.embedding(batch.inputs_BT) if net.embedding is not None else None
    assert x_BTI is not None
    y_BTH, after = net.stack.scan(x_BTI, net.stack.init_state(3, x_BTI), batch.lengths_B)
    torch.testing.assert_close(net.pooling(y_BTH, batch.lengths_B), torch.cat(list(after[-1]), 1))


def test_classes_have_the_cross_entropy_and_numbers_the_squared_error_summed() -> None:
    net, batch = make_net(), rows()
    (loss, count), state = net.loss(batch, None)
    expected = -net.answers(batch).log_softmax(1)[torch.arange(3), batch.targets_B].sum()
    torch.testing.assert_close(loss, expected)
    assert int(count) == 3 and state == ()
    numbers = make_net(ends=Ends(inputs=2, outputs=2, tokens=False, numbers=True))
    number_rows = Rows(torch.randn(3, 6, 2), torch.randn(3, 2), None)
    (loss, count), _ = numbers.loss(number_rows, None)
    assert loss.item() == pytest.approx(
        sum((numbers.answers(number_rows) - number_rows.targets_B).flatten().pow(2).tolist()), rel=1e-5
    )
    assert int(count) == 6


@pytest.mark.parametrize("pooling", KINDS)
def test_the_loss_starts_near_ln_k(pooling: str) -> None:
    batch = Rows(torch.randint(V, (64, 30)), torch.randint(K, (64,)), None)
    (loss, count), _ = make_net(pooling).loss(batch, None)
    assert loss.item() / int(count) == pytest.approx(log(K), rel=0.15)


@pytest.mark.parametrize("dropout", [(0.5, 0.0), (0.0, 0.5)])
def test_each_dropout_acts_in_training_alone(dropout: tuple[float, float]) -> None:
    net, batch = make_net(dropout=dropout), rows()
    assert not torch.equal(net.answers(batch), net.answers(batch))
    net.eval()
    assert torch.equal(net.answers(batch), net.answers(batch))


def test_builds_without_storage_and_an_absent_embedding_size_is_the_hidden_size() -> None:
    with torch.device("meta"):
        assert {parameter.device.type for parameter in make_net("attention").parameters()} == {"meta"}
    sizes = [net.embedding.embedding_dim for net in (make_net(), make_net(embedding_size=3)) if net.embedding is not None]
    assert sizes == [8, 3]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pooling": "median"}, r"^net\.pooling='median' is refused: choose one of last, mean, max, attention"),
        ({"embedding_size": 0}, r"^net\.embedding_size=0 is refused"),
        (
            {"embedding_size": 4, "ends": Ends(inputs=2, outputs=1, tokens=False, numbers=True)},
            r"^net\.embedding_size=4 is refused: the steps of this task are vectors",
        ),
        ({"dropout": (0.0, 2.0)}, r"^net\.output_dropout=2\.0 is refused"),
    ],
)
def test_a_value_out_of_range_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_net(**options)  # type: ignore[arg-type]
