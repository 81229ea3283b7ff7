"""Parity with torch.nn.GRU through packed sequences, on random weights."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from bench.cells.cell import Cell
from bench.cells.gru_reset_after import GRUResetAfter

LENGTHS = torch.tensor([2, 6, 1, 5])


def test_equals_torch_on_ragged_rows() -> None:
    torch.manual_seed(0)
    theirs = nn.GRU(3, 4, batch_first=True)
    ours = GRUResetAfter(3, 4, recurrent_init="uniform")
    for target, source in zip(ours.parameters(), theirs.parameters(), strict=True):
        nn.init.normal_(source)
        target.data.copy_(source.data)
    x_BTI, h_BH = torch.randn(4, 6, 3), torch.randn(4, 4)
    packed, expected_1BH = theirs(pack_padded_sequence(x_BTI, LENGTHS, True, False), h_BH[None])
    expected_BTH, _ = pad_packed_sequence(packed, True)
    for y_BTH, state in (ours.scan(x_BTI, h_BH, LENGTHS), Cell.scan(ours, x_BTI, h_BH, LENGTHS)):
        torch.testing.assert_close(y_BTH, expected_BTH, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(state, expected_1BH[0], rtol=1e-4, atol=1e-5)
