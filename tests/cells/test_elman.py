"""Parity with torch.nn.RNN through packed sequences, on random weights."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from bench.cells.cell import Cell
from bench.cells.elman import Elman

LENGTHS = torch.tensor([2, 6, 1, 5])


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_equals_torch_on_ragged_rows(nonlinearity: str) -> None:
    torch.manual_seed(0)
    theirs = nn.RNN(3, 4, nonlinearity=nonlinearity, batch_first=True)
    ours = Elman(3, 4, nonlinearity=nonlinearity, recurrent_init="uniform")
    for target, source in zip(ours.parameters(), theirs.parameters(), strict=True):
        nn.init.normal_(source)
        target.data.copy_(source.data)
    x_BTI, h_BH = torch.randn(4, 6, 3), torch.randn(4, 4)
    packed, expected_1BH = theirs(pack_padded_sequence(x_BTI, LENGTHS, True, False), h_BH[None])
    expected_BTH, _ = pad_packed_sequence(packed, True)
    for y_BTH, state in (ours.scan(x_BTI, h_BH, LENGTHS), Cell.scan(ours, x_BTI, h_BH, LENGTHS)):
        torch.testing.assert_close(y_BTH, expected_BTH, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(state, expected_1BH[0], rtol=1e-4, atol=1e-5)


def test_a_rectified_cell_starts_by_keeping_its_state() -> None:
    cell = Elman(3, 4, nonlinearity="relu", recurrent_init="identity")
    h_BH = torch.rand(2, 4)
    assert torch.equal(cell.step(torch.zeros(2, 3), h_BH)[0], h_BH)


def test_unknown_values_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^cell.nonlinearity='gelu' is refused: choose one of tanh, relu.$"):
        Elman(3, 4, nonlinearity="gelu", recurrent_init="uniform")
    with pytest.raises(ValueError, match=r"^cell.recurrent_init='zeros' is refused: choose one of uniform, "):
        Elman(3, 4, nonlinearity="tanh", recurrent_init="zeros")
