"""The aligned net: where its loss starts, what padding and states do to it, tied weights."""

import copy
from dataclasses import dataclass
from math import log

import pytest
import torch
from processor import needs_bf16
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.elman import Elman
from bench.cells.gru import GRU
from bench.cells.lstm import LSTM
from bench.cells.state import leaves
from bench.nets.aligned import Aligned
from bench.nets.parts.dropout import DropoutAtEnds, no_dropout
from bench.nets.parts.stack import Stack

V = 50


@dataclass
class Rows:
    inputs_BT: Tensor
    targets_BT: Tensor
    lengths_B: Tensor | None


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def make_cell(name: str, input_size: int, hidden_size: int) -> Cell:
    if name == "lstm":
        return LSTM(input_size, hidden_size, recurrent_init="orthogonal", forget_bias=1.0)
    if name == "gru":
        return GRU(input_size, hidden_size, recurrent_init="orthogonal")
    return Elman(input_size, hidden_size, nonlinearity="relu", recurrent_init="orthogonal")


def make_net(
    cell: str = "lstm",
    *,
    direction: str = "forward",
    hidden_size: int = 16,
    embedding_size: int | None = None,
    tied: bool = False,
    dropout: tuple[float, float] = (0.0, 0.0),
) -> Aligned:
    def make_stack(input_size: int) -> Stack:
        return Stack(
            lambda inputs, hidden: make_cell(cell, inputs, hidden),
            input_size=input_size,
            hidden_size=hidden_size,
            depth=2,
            direction=direction,
            dropout=no_dropout(),
        )

    return Aligned(
        make_stack=make_stack,
        vocabulary_size=V,
        outputs=V,
        embedding_size=embedding_size,
        tied=tied,
        dropout=DropoutAtEnds(*dropout),
    )


def random_rows(lengths: list[int] | None = None) -> Rows:
    lengths_B = None if lengths is None else torch.tensor(lengths)
    return Rows(torch.randint(V, (4, 9)), torch.randint(V, (4, 9)), lengths_B)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("hidden_size", [16, 256])
@pytest.mark.parametrize("cell", ["lstm", "gru", "elman_relu"])
def test_the_loss_starts_near_ln_v(cell: str, hidden_size: int, tied: bool) -> None:
    """Over a long window: what a cell piles up step by step shows late."""
    rows = Rows(torch.randint(V, (4, 64)), torch.randint(V, (4, 64)), None)
    (nll_sum, count), _ = make_net(cell, hidden_size=hidden_size, tied=tied).loss(rows, None)
    assert float(nll_sum.detach()) / int(count) == pytest.approx(log(V), rel=0.1)


def test_the_loss_is_the_sum_over_the_valid_positions() -> None:
    net, rows = make_net(), random_rows([9, 0, 3, 5])
    logits_BTV, _ = net.logits(rows.inputs_BT, None, rows.lengths_B)
    picked_BT = logits_BTV.log_softmax(2).gather(2, rows.targets_BT.unsqueeze(2)).squeeze(2)
    expected = -sum(picked_BT[row, :length].sum() for row, length in enumerate([9, 0, 3, 5]))
    (nll_sum, count), _ = net.loss(rows, None)
    torch.testing.assert_close(nll_sum, expected)
    assert int(count) == 17
    assert int(net.loss(random_rows(), None)[0][1]) == 36


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_ids_in_the_padding_change_neither_loss_nor_gradient(direction: str) -> None:
    net, rows = make_net(direction=direction), random_rows([9, 0, 3, 5])
    padding_BT = torch.arange(9) >= torch.tensor([9, 0, 3, 5])[:, None]
    other = Rows(rows.inputs_BT.masked_fill(padding_BT, 7), rows.targets_BT.masked_fill(padding_BT, -1), rows.lengths_B)
    runs = []
    for batch in (rows, other):
        (nll_sum, _), _ = net.loss(batch, None)
        runs.append([nll_sum, *torch.autograd.grad(nll_sum, list(net.parameters()))])
    for first, second in zip(*runs, strict=True):
        torch.testing.assert_close(first, second)


def test_a_carried_state_makes_two_windows_one_text() -> None:
    net, rows = make_net(), random_rows()
    (together, _), _ = net.loss(rows, None)
    (first, _), state = net.loss(Rows(rows.inputs_BT[:, :4], rows.targets_BT[:, :4], None), None)
    (second, _), _ = net.loss(Rows(rows.inputs_BT[:, 4:], rows.targets_BT[:, 4:], None), state)
    torch.testing.assert_close(first + second, together)


@pytest.mark.parametrize("tied", [False, True])
def test_start_and_step_give_the_probabilities_of_the_loss(tied: bool) -> None:
    net, tokens_NT = make_net(tied=tied), torch.randint(V, (3, 5))
    expected_NTV = net.logits(tokens_NT, None)[0].log_softmax(2)
    for prefix in (0, 2):
        state = net.start(Rows(tokens_NT[:, :prefix], tokens_NT[:, :prefix], None))
        for t in range(prefix, 5):
            log_prob_NV, state = net.step(tokens_NT[:, t], state)
            torch.testing.assert_close(log_prob_NV, expected_NTV[:, t])


def test_rows_of_unequal_length_start_after_their_own_last_step() -> None:
    net, rows = make_net(), random_rows([9, 0, 3, 5])
    for row, length in enumerate([9, 0, 3, 5]):
        alone = Rows(rows.inputs_BT[row : row + 1, :length], rows.targets_BT[row : row + 1, :length], None)
        for together, apart in zip(leaves(net.start(rows)), leaves(net.start(alone)), strict=True):
            torch.testing.assert_close(together[row], apart[0])


def test_a_tied_weight_is_one_parameter_and_survives_copies() -> None:
    net, rows = make_net(tied=True), random_rows()
    assert [name for name in net.state_dict() if tuple(net.state_dict()[name].shape) == (V, 16)] == ["embedding.weight"]
    twin, other = copy.deepcopy(net), make_net(tied=True)
    other.load_state_dict(net.state_dict())
    for copied in (twin, other):
        torch.testing.assert_close(copied.loss(rows, None)[0][0], net.loss(rows, None)[0][0])
    with torch.no_grad():
        twin.embedding.weight.mul_(3)
    before, after = net.logits(rows.inputs_BT, None)[0], twin.logits(rows.inputs_BT, None)[0]
    assert after.std() > 2 * before.std()


@pytest.mark.parametrize("options", [{"embedding_size": 8}, {"direction": "bidirectional"}])
def test_tying_unequal_sizes_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^net.tied=true is refused with an embedding of 50 x .*net.tied=false.$"):
        make_net(tied=True, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [0, 1])
def test_each_dropout_acts_in_training_alone(end: int) -> None:
    net, rows = make_net(dropout=(0.5, 0.0) if end == 0 else (0.0, 0.5)), random_rows()
    assert not torch.equal(net(rows, None)[0][0], net(rows, None)[0][0])
    net.eval()
    assert torch.equal(net(rows, None)[0][0], net(rows, None)[0][0])


@needs_bf16
def test_the_loss_is_summed_in_float32_under_autocast() -> None:
    net, rows = make_net(hidden_size=64), random_rows([9, 0, 3, 5])
    (exact, _), _ = net.loss(rows, None)
    with torch.autocast("cpu", torch.bfloat16):
        (rough, _), state = net.loss(rows, None)
        net.loss(rows, state)
    assert rough.dtype == torch.float32
    assert float(rough.detach()) == pytest.approx(float(exact.detach()), rel=0.01)


def test_builds_without_storage_and_an_absent_embedding_size_draws_nothing() -> None:
    with torch.device("meta"):
        assert {parameter.device.type for parameter in make_net().parameters()} == {"meta"}
    torch.manual_seed(3)
    first = make_net(embedding_size=None)
    torch.manual_seed(3)
    second = make_net(embedding_size=16)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


@pytest.mark.parametrize(
    ("options", "named"),
    [({"embedding_size": 0}, "net.embedding_size=0"), ({"dropout": (1.2, 0.0)}, "net.input_dropout=1.2")],
)
def test_a_value_out_of_range_is_refused(options: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} is refused"):
        make_net(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("tied", [False, True])
def test_the_gradient_is_that_of_the_cross_entropy_of_the_logits(tied: bool) -> None:
    lengths = [9, 0, 3, 5]
    net, rows = make_net(tied=tied), random_rows(lengths)
    logits_BTV, _ = net.logits(rows.inputs_BT, None, rows.lengths_B)
    log_prob_BTV = logits_BTV.log_softmax(2)
    losses = [-log_prob_BTV[row, t, rows.targets_BT[row, t]] for row, length in enumerate(lengths) for t in range(length)]
    weights = list(net.parameters())
    ours = torch.autograd.grad(net.loss(rows, None)[0][0], weights)
    for ours_gradient, theirs_gradient in zip(ours, torch.autograd.grad(torch.stack(losses).sum(), weights), strict=True):
        torch.testing.assert_close(ours_gradient, theirs_gradient)
