"""Parity with torch.nn.LSTM through packed sequences, on random weights; both ragged scans; the forget bias."""

import pytest
import torch
from processor import needs_bf16
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from bench.cells.cell import Cell
from bench.cells.lstm import LSTM

LENGTHS = torch.tensor([2, 6, 1, 5])


def random_cell() -> LSTM:
    torch.manual_seed(0)
    cell = LSTM(3, 4, recurrent_init="uniform", forget_bias=0.0)
    for parameter in cell.parameters():
        nn.init.normal_(parameter)
    return cell


def test_equals_torch_on_ragged_rows() -> None:
    ours, theirs = random_cell(), nn.LSTM(3, 4, batch_first=True)
    for target, source in zip(theirs.parameters(), ours.parameters(), strict=True):
        target.data.copy_(source.data)
    x_BTI, h_BH, c_BH = torch.randn(4, 6, 3), torch.randn(4, 4), torch.randn(4, 4)
    packed, (h_1BH, c_1BH) = theirs(pack_padded_sequence(x_BTI, LENGTHS, True, False), (h_BH[None], c_BH[None]))
    expected_BTH, _ = pad_packed_sequence(packed, True)
    for y_BTH, state in (ours.scan(x_BTI, (h_BH, c_BH), LENGTHS), Cell.scan(ours, x_BTI, (h_BH, c_BH), LENGTHS)):
        torch.testing.assert_close(y_BTH, expected_BTH, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(state[0], h_1BH[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(state[1], c_1BH[0], rtol=1e-4, atol=1e-5)


def test_packing_and_holding_give_the_same_values_and_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan for a GPU, on a CPU, with an empty row and large memories."""
    cell, lengths_B = random_cell().double(), torch.tensor([2, 6, 0, 5])
    x_BTI, h_BH = torch.randn(4, 6, 3).double(), torch.randn(4, 4).double()
    c_BH = (20 * torch.randn(4, 4).double()).requires_grad_()

    def run() -> list[Tensor]:
        y_BTH, (h_after, c_after) = cell.scan(x_BTI, (h_BH, c_BH), lengths_B)
        total = y_BTH.sin().sum() + h_after.cos().sum() + c_after.sin().sum()
        return [y_BTH, h_after, c_after, *torch.autograd.grad(total, [c_BH, *cell.parameters()])]

    padded = run()
    monkeypatch.setattr(cell, "_scan_padding", cell._packed)
    for expected, actual in zip(padded, run(), strict=True):
        torch.testing.assert_close(expected, actual, rtol=1e-9, atol=1e-9)
    assert torch.equal(padded[2][2], c_BH[2])


@needs_bf16
def test_memory_survives_a_long_padding_in_float32_and_bfloat16() -> None:
    cell = random_cell()
    x_BTI, state = torch.zeros(2, 500, 3), (torch.zeros(2, 4), torch.full((2, 4), 3.0))
    expected = cell.scan(x_BTI[:, :1], state, None)[1]
    assert torch.allclose(cell.scan(x_BTI, state, torch.tensor([1, 1]))[1][1], expected[1], rtol=1e-6)
    with torch.autocast("cpu", torch.bfloat16):
        rough = cell.scan(x_BTI, state, torch.tensor([1, 1]))[1][1]
    assert torch.allclose(rough, expected[1], rtol=0.02)


@pytest.mark.parametrize("forget_bias", [0.0, 1.0])
def test_the_forget_bias_acts_on_the_forget_gate_alone(forget_bias: float) -> None:
    """At zero input and zero h the gates are logistic(bias), and g is 0: c shrinks by the forget gate."""
    cell = LSTM(3, 4, recurrent_init="orthogonal", forget_bias=forget_bias)
    _, (h_BH, c_BH) = cell.step(torch.zeros(1, 3), (torch.zeros(1, 4), torch.ones(1, 4)))
    forget = torch.sigmoid(torch.tensor(forget_bias))
    torch.testing.assert_close(c_BH, forget.expand(1, 4))
    torch.testing.assert_close(h_BH, 0.5 * c_BH.tanh())


def test_a_forget_bias_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^cell.forget_bias=nan is refused"):
        LSTM(3, 4, recurrent_init="orthogonal", forget_bias=float("nan"))
