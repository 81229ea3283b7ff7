"""What cells start as: orthogonal blocks, biases on the right gate, memories that last."""

from collections.abc import Callable

import choices
import pytest
import torch
from torch import nn

from bench.cells.cell import Cell
from bench.cells.indrnn import IndRNN
from bench.cells.layernorm_lstm import LayerNormLSTM
from bench.cells.lstm_coupled import LSTMCoupled
from bench.cells.lstm_peephole import LSTMPeephole
from bench.cells.mgu import MGU
from bench.cells.minlstm import MinLSTM

LSTMS: list[type[LSTMPeephole] | type[LSTMCoupled] | type[LayerNormLSTM]] = [LSTMPeephole, LSTMCoupled, LayerNormLSTM]


def having(setting: str) -> list[str]:
    """The cells that are started by it."""
    return [name for name in choices.names("cell") if setting in choices.settings(name)]


@pytest.mark.parametrize("cell_class", LSTMS)
@pytest.mark.parametrize("forget_bias", [0.0, 1.5])
def test_the_forget_bias_acts_on_the_forget_gate_alone(cell_class: Callable[..., Cell], forget_bias: float) -> None:
    """At zero input and zero h all other gates are 1/2, and the candidate 0: c shrinks by the forget gate."""
    cell = cell_class(3, 4, recurrent_init="orthogonal", forget_bias=forget_bias)
    c_BH = torch.tensor([[1.0, -1.0, 2.0, 0.5]])
    _, (_, after_BH) = cell.step(torch.zeros(1, 3), (torch.zeros(1, 4), c_BH))
    torch.testing.assert_close(after_BH, torch.tensor(forget_bias).sigmoid() * c_BH)


def test_the_biases_of_the_cells_without_a_memory_of_their_own() -> None:
    """MGU's gate overwrites with sigma(-2); minlstm's two gates share 1 as sigma(1) : 1/2."""
    h_BH = torch.tensor([[1.0, -1.0, 2.0, 0.5]])
    mgu = MGU(3, 4, recurrent_init="identity", forget_bias=-2.0)
    with torch.no_grad():
        mgu.weight_f.zero_()
        mgu.weight_n.zero_()
    keep_gate = torch.tensor(2.0).sigmoid()
    torch.testing.assert_close(mgu.step(torch.zeros(1, 3), h_BH)[0], keep_gate * h_BH)
    forget = torch.tensor(1.0).sigmoid()
    minlstm = MinLSTM(3, 4, forget_bias=1.0)
    torch.testing.assert_close(minlstm.step(torch.zeros(1, 3), h_BH)[0], forget / (forget + 0.5) * h_BH)


@pytest.mark.parametrize("name", having("forget_bias"))
def test_a_forget_bias_is_where_the_biases_of_one_gate_start_and_nothing_else(name: str) -> None:
    def start(forget_bias: float) -> torch.Tensor:
        torch.manual_seed(0)
        cell = choices.maker(name, forget_bias=forget_bias)(3, 16)
        return torch.cat([parameter.flatten() for parameter in cell.parameters()])

    moved = start(1.5) - start(0.0)
    assert moved.count_nonzero() == 16 and set(moved.tolist()) == {0.0, 1.5}


@pytest.mark.parametrize("name", having("recurrent_init"))
def test_recurrent_blocks_are_orthogonal(name: str) -> None:
    """Every block of H x H, a gate each, of every weight that reads units, and the setting fills all of them."""
    torch.manual_seed(0)
    weights = dict(choices.maker(name, recurrent_init="orthogonal")(3, 16).named_parameters())
    torch.manual_seed(0)
    others = dict(choices.maker(name, recurrent_init="identity")(3, 16).named_parameters())
    recurrent = {key for key, weight in weights.items() if weight.dim() == 2 and weight.size(1) == 16 <= weight.size(0)}
    assert recurrent and all(not weights[key].equal(others[key]) for key in recurrent)
    for block_HH in (block for key in recurrent for block in weights[key].split(16)):
        torch.testing.assert_close(block_HH @ block_HH.t(), torch.eye(16), rtol=0, atol=1e-5)


def test_recurrent_weights_of_indrnn_are_spread_from_zero_to_the_largest() -> None:
    torch.manual_seed(0)
    recurrent = IndRNN(3, 200, recurrent_max=0.5).recurrent
    assert 0 <= recurrent.min() < 0.02 and 0.48 < recurrent.max() <= 0.5


def test_without_its_peepholes_it_is_torchs_lstm() -> None:
    torch.manual_seed(0)
    ours, theirs = LSTMPeephole(3, 4, recurrent_init="orthogonal", forget_bias=1.0), nn.LSTM(3, 4, batch_first=True)
    assert not ours.peephole.any()
    with torch.no_grad():
        weight_GI, weight_GH, bias_G, recurrent_bias_G = theirs.all_weights[0]
        weight_GI.copy_(ours.weight_ih)
        weight_GH.copy_(ours.weight_hh)
        bias_G.copy_(ours.bias)
        recurrent_bias_G.zero_()
    x_BTI, h_BH, c_BH = torch.randn(2, 5, 3), torch.randn(2, 4), torch.randn(2, 4)
    y_BTH, (_, after_BH) = ours.scan(x_BTI, (h_BH, c_BH))
    expected_BTH, (_, expected_1BH) = theirs(x_BTI, (h_BH[None], c_BH[None]))
    torch.testing.assert_close(y_BTH, expected_BTH, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(after_BH, expected_1BH[0], rtol=1e-5, atol=1e-5)
